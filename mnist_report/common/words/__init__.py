"""The words in figures and tables, per language.

Keys are short English names; `words(language)["digit"]` is the word to draw. Text with a gap is
filled with `str.format`. Every word is there in every language (tested).
"""

from __future__ import annotations

from mnist_report.common import settings
from mnist_report.common.errors import ReportError
from mnist_report.common.words import evaluation, handwriting, studies

LANGUAGES = settings.LANGUAGES

_COMMON = {
    "digit": {"en": "digit", "zh-CN": "数字"},
    "digit_n": {"en": "digit {}", "zh-CN": "数字 {}"},
    "images": {"en": "images", "zh-CN": "图像数"},
    "number_of_images": {"en": "number of images", "zh-CN": "图像数量（张）"},
    "share_of_images": {"en": "share of images (%)", "zh-CN": "图像占比（%）"},
    "training": {"en": "training", "zh-CN": "训练集"},
    "validation": {"en": "validation", "zh-CN": "验证集"},
    "test": {"en": "test", "zh-CN": "测试集"},
    "total": {"en": "total", "zh-CN": "合计"},
    "mean": {"en": "mean", "zh-CN": "均值"},
    "deviation": {"en": "standard deviation", "zh-CN": "标准差"},
    "seconds": {"en": "seconds", "zh-CN": "秒"},
    "time_s": {"en": "time (s)", "zh-CN": "时间（秒）"},
}

_EXPLORATION = {
    "equal_share": {"en": "equal shares", "zh-CN": "各类相等"},
    "pixel_value": {"en": "pixel value", "zh-CN": "像素值"},
    "share_of_pixels": {"en": "share of pixels (%)", "zh-CN": "像素占比（%）"},
    "empty_pixels": {"en": "empty pixels", "zh-CN": "空白像素"},
    "inked_pixels": {"en": "inked pixels", "zh-CN": "有墨迹的像素"},
    "empty_share": {"en": "empty pixels (%)", "zh-CN": "空白像素（%）"},
    "pixel_mean": {"en": "mean (0–1)", "zh-CN": "均值（0–1）"},
    "pixel_deviation": {"en": "standard deviation (0–1)", "zh-CN": "标准差（0–1）"},
    "all_digits": {"en": "all digits", "zh-CN": "全部数字"},
    "pixel_summary": {
        "en": "{empty:.1f} % empty\nmean {mean:.4f}\nstd. deviation {deviation:.4f}",
        "zh-CN": "空白像素 {empty:.1f} %\n均值 {mean:.4f}\n标准差 {deviation:.4f}",
    },
    "mean_ink": {"en": "mean ink (0–1)", "zh-CN": "平均墨量（0–1）"},
    "ink_deviation": {"en": "deviation of the ink (0–1)", "zh-CN": "墨量标准差（0–1）"},
    "ink_percent": {"en": "ink (% of the page)", "zh-CN": "墨量（占图像面积 %）"},
    "slant_degrees": {"en": "slant (°, right is positive)", "zh-CN": "倾斜角（°，向右为正）"},
    "stroke_pixels": {"en": "stroke width (pixels)", "zh-CN": "笔画宽度（像素）"},
    "centre_pixels": {"en": "centre of mass (pixels)", "zh-CN": "质心位置（像素）"},
    "centre_row": {"en": "centre, row", "zh-CN": "质心所在行"},
    "centre_column": {"en": "centre, column", "zh-CN": "质心所在列"},
    "row": {"en": "row", "zh-CN": "行"},
    "column": {"en": "column", "zh-CN": "列"},
    "most_typical": {"en": "most typical", "zh-CN": "最典型"},
    "least_typical": {"en": "least typical", "zh-CN": "最不典型"},
    "mean_distance": {"en": "distance between mean images", "zh-CN": "平均图像之间的距离"},
    "merge_distance": {"en": "distance at which groups join", "zh-CN": "类别合并时的距离"},
    "component_n": {
        "en": "principal component {} ({:.1f} % of variance)",
        "zh-CN": "第 {} 主成分（方差占比 {:.1f} %）",
    },
    "components": {"en": "number of principal components", "zh-CN": "主成分个数"},
    "variance_kept": {"en": "variance kept (%)", "zh-CN": "累计方差占比（%）"},
    "tsne_axis": {"en": "t-SNE axis {}", "zh-CN": "t-SNE 坐标 {}"},
    "neighbour_share": {
        "en": "other digit among near images (%)",
        "zh-CN": "近邻图像中另一数字的占比（%）",
    },
    "pair": {"en": "pair of digits", "zh-CN": "数字对"},
}

_PREPROCESSING = {
    "raw_pixels": {"en": "pixels in 0–1", "zh-CN": "0–1 像素"},
    "half_normalised": {"en": "(x − 0.5) / 0.5", "zh-CN": "(x − 0.5) / 0.5"},
    "measured_normalised": {"en": "(x − mean) / deviation", "zh-CN": "(x − 均值) / 标准差"},
    "value": {"en": "value", "zh-CN": "取值"},
    "mean_deviation": {"en": "{}: mean {}, deviation {}", "zh-CN": "{}：均值 {}，标准差 {}"},
    "stratified": {"en": "stratified", "zh-CN": "分层抽样"},
    "random": {"en": "random", "zh-CN": "随机抽样"},
    "share_difference": {
        "en": "validation − training (points)",
        "zh-CN": "验证集 − 训练集（百分点）",
    },
    "original_image": {"en": "original", "zh-CN": "原图"},
    "augmented_images": {"en": "augmented", "zh-CN": "增强后"},
    "seconds_per_epoch": {"en": "time to read one epoch (s)", "zh-CN": "读取一轮数据的时间（秒）"},
    "loader_published": {
        "en": "one image at a time\n(published program)",
        "zh-CN": "逐幅读取（公开程序）",
    },
    "loader_tensors": {"en": "tensor batches", "zh-CN": "张量批次"},
    "loader_augmented": {"en": "tensor batches,\naugmented", "zh-CN": "张量批次（含增强）"},
}

_EVALUATION = {
    "epoch": {"en": "epoch", "zh-CN": "训练轮次"},
    "loss": {"en": "loss (nats per image)", "zh-CN": "损失（奈特/张）"},
    "accuracy_percent": {"en": "accuracy (%)", "zh-CN": "准确率（%）"},
    "learning_rate": {"en": "learning rate", "zh-CN": "学习率"},
    "weight": {"en": "weight", "zh-CN": "权重"},
    "block_shows": {
        "en": "block {}: {} of {} channels, {} × {} pixels",
        "zh-CN": "第 {} 块：{}/{} 个通道，{} × {} 像素",
    },
    "input": {"en": "input", "zh-CN": "输入"},
    "true_digit": {"en": "true digit", "zh-CN": "真实数字"},
    "predicted_digit": {"en": "predicted digit", "zh-CN": "预测数字"},
    "number_of_images_log": {
        "en": "number of images (logarithmic)",
        "zh-CN": "图像数量（张，对数刻度）",
    },
    "error_rate_percent": {"en": "error rate (%)", "zh-CN": "错误率（%）"},
    "precision": {"en": "precision", "zh-CN": "精确率"},
    "recall": {"en": "recall", "zh-CN": "召回率"},
    "f1": {"en": "F1", "zh-CN": "F1"},
    "score_percent": {"en": "score (%)", "zh-CN": "得分（%）"},
    "errors_images": {"en": "errors (images)", "zh-CN": "错误数（张）"},
    "probability_mass_images": {"en": "probability mass (images)", "zh-CN": "概率质量（张）"},
    "other_of_pair": {"en": "other digit of the pair", "zh-CN": "数字对中的另一个"},
    "other_digit": {"en": "other digit", "zh-CN": "其他数字"},
    "rank_guessed": {"en": "rank guessed from the pixels", "zh-CN": "由像素猜测的名次"},
    "rank_found": {"en": "rank by probability mass", "zh-CN": "按概率质量的名次"},
}

_TABLES = {
    "file": {"en": "file", "zh-CN": "文件"},
    "content": {"en": "content", "zh-CN": "内容"},
    "images_of": {"en": "images, {} set", "zh-CN": "{}图像"},
    "labels_of": {"en": "labels, {} set", "zh-CN": "{}标签"},
    "normalisation": {"en": "normalisation", "zh-CN": "归一化"},
    "layer": {"en": "layer", "zh-CN": "层"},
    "output_shape": {"en": "output shape", "zh-CN": "输出形状"},
    "parameters": {"en": "parameters", "zh-CN": "参数量"},
    "multiply_adds": {"en": "multiply-adds", "zh-CN": "乘加次数"},
    "layer_Conv2d": {"en": "convolution", "zh-CN": "卷积"},
    "layer_MaxPool2d": {"en": "max pooling", "zh-CN": "最大池化"},
    "layer_BatchNorm2d": {"en": "batch norm", "zh-CN": "批归一化"},
    "layer_ReLU": {"en": "ReLU", "zh-CN": "ReLU"},
    "layer_Dropout": {"en": "dropout", "zh-CN": "随机失活"},
    "layer_Dropout2d": {"en": "channel dropout", "zh-CN": "通道随机失活"},
    "layer_Flatten": {"en": "flatten", "zh-CN": "展平"},
    "layer_Linear": {"en": "linear", "zh-CN": "全连接"},
    "layer_LogSoftmax": {"en": "log-softmax", "zh-CN": "log-softmax"},
    "setting": {"en": "setting", "zh-CN": "设置"},
    "measure": {"en": "measure", "zh-CN": "指标"},
    "item": {"en": "item", "zh-CN": "项目"},
    "recipe": {"en": "recipe", "zh-CN": "配方"},
    "network": {"en": "network", "zh-CN": "网络"},
    "width": {"en": "width", "zh-CN": "宽度"},
    "epochs": {"en": "epochs", "zh-CN": "训练轮数"},
    "batch_size": {"en": "batch size", "zh-CN": "批量大小"},
    "optimiser": {"en": "optimiser", "zh-CN": "优化器"},
    "optimiser_sgd": {"en": "SGD without momentum", "zh-CN": "SGD（无动量）"},
    "optimiser_adam": {"en": "Adam", "zh-CN": "Adam"},
    "optimiser_adamw": {"en": "AdamW", "zh-CN": "AdamW"},
    "betas": {"en": "β₁, β₂", "zh-CN": "β₁、β₂"},
    "peak_learning_rate": {"en": "learning rate (peak)", "zh-CN": "学习率（峰值）"},
    "schedule": {"en": "schedule", "zh-CN": "学习率调度"},
    "schedule_constant": {"en": "constant", "zh-CN": "恒定"},
    "schedule_one_cycle": {
        "en": "one cycle, rising for {} of the steps",
        "zh-CN": "单周期，前 {} 的步数上升",
    },
    "weight_decay": {"en": "weight decay", "zh-CN": "权重衰减"},
    "label_smoothing": {"en": "label smoothing", "zh-CN": "标签平滑"},
    "weight_average": {"en": "weight average (decay)", "zh-CN": "权重滑动平均（衰减率）"},
    "augmentation": {"en": "augmentation", "zh-CN": "数据增强"},
    "views": {"en": "views (share of the augmentation)", "zh-CN": "多视角平均（占增强幅度）"},
    "augmentation_bounds": {
        "en": "rotation ±{:g}°, zoom ±{}, shear ±{:g}, shift ±{:g} pixels",
        "zh-CN": "旋转 ±{:g}°，缩放 ±{}，错切 ±{:g}，平移 ±{:g} 像素",
    },
    "seed": {"en": "seed", "zh-CN": "随机种子"},
    "training_time": {"en": "training time", "zh-CN": "训练用时"},
    "validation_accuracy": {"en": "validation accuracy", "zh-CN": "验证集准确率"},
    "device": {"en": "device", "zh-CN": "设备"},
    "threads": {"en": "threads", "zh-CN": "线程数"},
    "finished": {"en": "finished", "zh-CN": "完成时间"},
    "operating_system": {"en": "operating system", "zh-CN": "操作系统"},
    "git_commit": {"en": "git commit", "zh-CN": "git 提交"},
    "errors": {"en": "errors", "zh-CN": "错误数"},
    "accuracy": {"en": "accuracy", "zh-CN": "准确率"},
    "interval_95": {"en": "exact 95 % interval", "zh-CN": "95 % 精确置信区间"},
    "macro_precision": {"en": "precision (mean of classes)", "zh-CN": "精确率（各类平均）"},
    "macro_recall": {"en": "recall (mean of classes)", "zh-CN": "召回率（各类平均）"},
    "macro_f1": {"en": "F1 (mean of classes)", "zh-CN": "F1（各类平均）"},
    "nll": {"en": "negative log-likelihood (nats per image)", "zh-CN": "负对数似然（奈特/张）"},
}

WORDS = (
    _COMMON
    | _EXPLORATION
    | _PREPROCESSING
    | _EVALUATION
    | _TABLES
    | evaluation.WORDS
    | studies.WORDS
    | handwriting.WORDS
)


def words(language: str | None = None) -> dict[str, str]:
    """All words in one language, by default `settings.language()`.

    Raises:
        ReportError: the language is not one of `LANGUAGES`.
    """
    language = language or settings.language()
    if language not in LANGUAGES:
        raise ReportError(f"No words in {language!r}; choose one of {', '.join(LANGUAGES)}.")
    return {key: translations[language] for key, translations in WORDS.items()}
