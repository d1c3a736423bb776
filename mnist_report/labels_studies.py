"""The words of recorded studies."""

WORDS = {
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
