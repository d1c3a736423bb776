"""The words of calibration, reject option, label audit, robustness, attribution and baselines."""

_PROBABILITIES = {
    "confidence": {"en": "confidence", "zh-CN": "置信度"},
    "accuracy_of_bin": {"en": "accuracy", "zh-CN": "准确率"},
    "as_trained": {"en": "as trained: ECE {:.2f} %", "zh-CN": "校准前：ECE {:.2f} %"},
    "at_temperature": {
        "en": "at temperature {:.2f}: ECE {:.2f} %",
        "zh-CN": "温度 {:.2f}：ECE {:.2f} %",
    },
    "perfect_calibration": {"en": "perfectly calibrated", "zh-CN": "完全校准"},
    "bin_interval": {"en": "bin, with 95 % interval", "zh-CN": "分箱，含 95 % 区间"},
    "before": {"en": "as trained", "zh-CN": "校准前"},
    "after": {"en": "calibrated", "zh-CN": "校准后"},
    "temperature": {"en": "temperature", "zh-CN": "温度"},
    "ece_mass": {"en": "ECE, bins of equal mass (%)", "zh-CN": "ECE，等频分箱（%）"},
    "ece_width": {"en": "ECE, bins of equal width (%)", "zh-CN": "ECE，等宽分箱（%）"},
    "brier": {"en": "Brier score", "zh-CN": "Brier 分数"},
    "left_to_people": {"en": "images left to a person (%)", "zh-CN": "交由人工的图像（%）"},
    "error_of_rest": {"en": "error among the rest (%)", "zh-CN": "其余图像的错误率（%）"},
    "target_error": {"en": "target", "zh-CN": "目标"},
    "curve_on_test": {"en": "test set, every threshold", "zh-CN": "测试集，所有阈值"},
    "threshold_chosen": {
        "en": "threshold chosen on validation",
        "zh-CN": "由验证集选定的阈值",
    },
    "threshold": {"en": "threshold", "zh-CN": "阈值"},
    "coverage_percent": {"en": "coverage (%)", "zh-CN": "覆盖率（%）"},
    "errors_answered": {"en": "errors among those answered", "zh-CN": "机器识别部分的错误数"},
    "error_percent_interval": {
        "en": "error among those answered (%)",
        "zh-CN": "机器识别部分的错误率（%）",
    },
    "errors_caught": {"en": "errors caught (%)", "zh-CN": "拦截的错误（%）"},
    "hindsight_coverage": {
        "en": "coverage of the best threshold, in hindsight (%)",
        "zh-CN": "事后最优阈值的覆盖率（%）",
    },
    "letters_by_hand": {
        "en": "letters sorted by hand, of {:,} a day",
        "zh-CN": "每天 {:,} 封信中需人工分拣的数量",
    },
    "letters_astray": {
        "en": "letters sent astray (without threshold)",
        "zh-CN": "误投的信件（不设阈值时）",
    },
}

_LABELS_AND_PAIRS = {
    "label_set": {"en": "labels", "zh-CN": "标签"},
    "labels_as_given": {"en": "as given", "zh-CN": "原始标签"},
    "labels_left_out": {"en": "known errors left out", "zh-CN": "剔除已知错误标签"},
    "labels_corrected": {"en": "known errors corrected", "zh-CN": "更正已知错误标签"},
    "suspects_examined": {"en": "images looked at", "zh-CN": "检查的图像数"},
    "recall_errors": {"en": "known errors found (%)", "zh-CN": "找到的已知错误（%）"},
    "recall_ambiguous": {
        "en": "known errors and ambiguous images found (%)",
        "zh-CN": "找到的已知错误与歧义图像（%）",
    },
    "status_error": {"en": "known label error", "zh-CN": "已知错误标签"},
    "status_ambiguous": {"en": "known to be ambiguous", "zh-CN": "已知歧义图像"},
    "status_none": {"en": "not on the list", "zh-CN": "不在名单上"},
    "clear": {"en": "clear", "zh-CN": "清晰"},
    "ambiguous": {"en": "ambiguous", "zh-CN": "模糊"},
    "misread_framed": {"en": "misread (framed)", "zh-CN": "误判（加框）"},
    "rank_interval": {"en": "rank (95 %)", "zh-CN": "名次（95 %）"},
    "errors_with_interval": {"en": "errors (95 %)", "zh-CN": "错误数（95 %）"},
    "mass_with_interval": {"en": "probability mass (95 %)", "zh-CN": "概率质量（95 %）"},
}

_ROBUSTNESS = {
    "severity": {"en": "severity", "zh-CN": "强度"},
    "corruption": {"en": "kind of damage", "zh-CN": "损坏类型"},
    "kind_shot_noise": {"en": "shot noise", "zh-CN": "散粒噪声"},
    "kind_impulse_noise": {"en": "impulse noise", "zh-CN": "脉冲噪声"},
    "kind_gaussian_noise": {"en": "Gaussian noise", "zh-CN": "高斯噪声"},
    "kind_glass_blur": {"en": "glass blur", "zh-CN": "毛玻璃模糊"},
    "kind_motion_blur": {"en": "motion blur", "zh-CN": "运动模糊"},
    "kind_shear": {"en": "shear", "zh-CN": "错切"},
    "kind_scale": {"en": "scale", "zh-CN": "缩小"},
    "kind_rotate": {"en": "rotation", "zh-CN": "旋转"},
    "kind_translate": {"en": "translation", "zh-CN": "平移"},
    "kind_brightness": {"en": "brightness", "zh-CN": "亮度"},
    "kind_fog": {"en": "fog", "zh-CN": "雾"},
    "kind_stripe": {"en": "stripe", "zh-CN": "条纹"},
    "kind_spatter": {"en": "spatter", "zh-CN": "污渍"},
    "kind_dotted_line": {"en": "dotted line", "zh-CN": "虚线"},
    "kind_zigzag": {"en": "zigzag", "zh-CN": "折线"},
    "kind_canny_edges": {"en": "Canny edges", "zh-CN": "Canny 边缘"},
}

_INSIDE = {
    "speaks_for_read": {"en": "speaks for the digit read", "zh-CN": "支持预测数字"},
    "speaks_for_label": {"en": "speaks for the label", "zh-CN": "支持标签数字"},
    "gradients_short": {"en": "integrated\ngradients", "zh-CN": "积分梯度"},
    "occlusion_short": {"en": "occlusion", "zh-CN": "遮挡"},
    "misread_n": {"en": "misread ({})", "zh-CN": "误判（{} 张）"},
    "same_as_label": {"en": "same digit as the label", "zh-CN": "与标签相同"},
    "other_than_label": {"en": "another digit", "zh-CN": "与标签不同"},
}

_BASELINES = {
    "method": {"en": "method", "zh-CN": "方法"},
    "baseline_majority": {"en": "most frequent class", "zh-CN": "多数类"},
    "baseline_nearest_mean": {"en": "nearest class mean", "zh-CN": "最近类均值"},
    "baseline_logistic_regression": {"en": "logistic regression", "zh-CN": "逻辑回归"},
    "baseline_nearest_neighbours": {"en": "3 nearest neighbours", "zh-CN": "3 近邻"},
    "baseline_random_forest": {"en": "random forest", "zh-CN": "随机森林"},
    "baseline_rbf_svm": {"en": "SVM with RBF kernel", "zh-CN": "RBF 核支持向量机"},
    "training_images": {"en": "training images", "zh-CN": "训练图像数"},
    "accuracy_interval_percent": {
        "en": "accuracy (%), 95 % interval",
        "zh-CN": "准确率（%），95 % 区间",
    },
    "prediction_time_s": {"en": "prediction time (s)", "zh-CN": "预测用时（秒）"},
    "megabytes": {"en": "size (MB)", "zh-CN": "大小（MB）"},
    "error_rate_log": {"en": "error rate (%, logarithmic)", "zh-CN": "错误率（%，对数刻度）"},
}

WORDS = _PROBABILITIES | _LABELS_AND_PAIRS | _ROBUSTNESS | _INSIDE | _BASELINES
