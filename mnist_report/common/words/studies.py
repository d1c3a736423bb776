"""The words of recorded studies."""

_RECIPES = {
    "study": {"en": "study", "zh-CN": "研究"},
    "runs": {"en": "runs", "zh-CN": "运行次数"},
    "date": {"en": "date", "zh-CN": "日期"},
    "test_accuracy_percent": {"en": "test accuracy (%)", "zh-CN": "测试准确率（%）"},
    "validation_accuracy_percent": {"en": "validation accuracy (%)", "zh-CN": "验证准确率（%）"},
    "mean_errors": {"en": "mean errors", "zh-CN": "平均错误数"},
    "average_of_runs": {"en": "average of {} (%)", "zh-CN": "{} 次取平均（%）"},
    "training_time_s": {"en": "training time (s)", "zh-CN": "训练用时（秒）"},
    "errors_of_images_log": {
        "en": "errors among {:,} test images (logarithmic)",
        "zh-CN": "{:,} 幅测试图像中的错误数（对数刻度）",
    },
    "one_run": {"en": "one run (seed)", "zh-CN": "单次运行（种子）"},
    "mean_accuracy": {"en": "mean accuracy", "zh-CN": "平均准确率"},
    "mean_interval_95": {
        "en": "mean of the runs, 95 % interval",
        "zh-CN": "各次运行的均值，95 % 区间",
    },
    "average_probabilities": {
        "en": "average of the runs' probabilities",
        "zh-CN": "各次运行的概率取平均",
    },
}

_ABLATION = {
    "change_published": {"en": "published program", "zh-CN": "公开程序"},
    "change_tensors": {"en": "tensors, no per-image loader", "zh-CN": "张量，不逐幅读取"},
    "change_normalisation": {"en": "measured normalisation", "zh-CN": "按实测值归一化"},
    "change_dropout": {"en": "Dropout for Dropout2d", "zh-CN": "Dropout 取代 Dropout2d"},
    "change_logits": {"en": "logits, no log-softmax", "zh-CN": "输出 logits，去掉 log-softmax"},
    "change_adamw": {"en": "one-cycle AdamW", "zh-CN": "单周期 AdamW"},
    "change_batch-norm": {"en": "batch normalisation", "zh-CN": "批归一化"},
    "change_narrow": {"en": "narrower network", "zh-CN": "更窄的网络"},
    "change_batch": {"en": "larger batches and rate", "zh-CN": "更大的批量与学习率"},
    "change_augmentation": {"en": "augmentation", "zh-CN": "数据增强"},
    "change_smoothing": {"en": "label smoothing", "zh-CN": "标签平滑"},
    "change_averaging": {"en": "weight averaging", "zh-CN": "权重平均"},
    "part_whole": {"en": "all of standard", "zh-CN": "完整的 standard"},
    "without_part": {"en": "without {}", "zh-CN": "去掉：{}"},
    "added": {"en": "+ {}", "zh-CN": "+ {}"},
    "error_percent_log": {
        "en": "test error (%), logarithmic",
        "zh-CN": "测试错误率（%，对数刻度）",
    },
}

_SCALE = {
    "width_channels": {"en": "width (channels)", "zh-CN": "网络宽度（通道数）"},
    "test_error_percent": {"en": "test error (%)", "zh-CN": "测试错误率（%）"},
    "equal_steps": {"en": "equal number of steps", "zh-CN": "步数相同"},
    "one_pass": {"en": "one pass", "zh-CN": "只过一遍"},
    "exponent": {
        "en": "slope {:.2f} ({:.2f} to {:.2f})",
        "zh-CN": "斜率 {:.2f}（{:.2f} 至 {:.2f}）",
    },
    "seconds_line": {
        "en": "{:.1f} s + {:.0f} µs an image",
        "zh-CN": "{:.1f} 秒 + 每幅 {:.0f} 微秒",
    },
}

_FAULTS = {
    "test_accuracy_epoch": {"en": "test accuracy (%)", "zh-CN": "测试准确率（%）"},
    "best_on_test": {"en": "best epoch on the test set", "zh-CN": "测试集上最好的一轮"},
    "best_on_validation": {"en": "best epoch on validation", "zh-CN": "验证集上最好的一轮"},
    "only_reads": {
        "en": "read by {} alone ({} images); label → what the other reads",
        "zh-CN": "只有 {} 读对（共 {} 幅）；标签 → 另一方的读数",
    },
    "pair_of_recipes": {"en": "recipes", "zh-CN": "配方"},
    "only_first_right": {"en": "only first right", "zh-CN": "仅前者对"},
    "only_second_right": {"en": "only second right", "zh-CN": "仅后者对"},
    "gain_points": {"en": "gain, one seed (points)", "zh-CN": "提高，单个种子（百分点）"},
    "gain_over_seeds": {"en": "gain, {} seeds (points)", "zh-CN": "提高，{} 个种子（百分点）"},
    "mcnemar_p": {"en": "McNemar's p", "zh-CN": "McNemar p 值"},
    "images_needed": {"en": "images needed", "zh-CN": "所需图像数"},
}

WORDS = _RECIPES | _ABLATION | _SCALE | _FAULTS
