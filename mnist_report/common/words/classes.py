"""The words that take the place of those about digits where the classes are none."""

WORDS = {
    "digit": {"en": "class", "zh-CN": "类别"},
    "true_digit": {"en": "true class", "zh-CN": "真实类别"},
    "predicted_digit": {"en": "predicted class", "zh-CN": "预测类别"},
    "other_digit": {"en": "other class", "zh-CN": "其他类别"},
    "other_of_pair": {"en": "other class of the pair", "zh-CN": "类别对中的另一个"},
    "all_digits": {"en": "all classes", "zh-CN": "全部类别"},
    "pair": {"en": "pair of classes", "zh-CN": "类别对"},
    "inked_pixels": {"en": "other pixels", "zh-CN": "其他像素"},
    "mean_ink": {"en": "mean brightness (0–1)", "zh-CN": "平均亮度（0–1）"},
}
