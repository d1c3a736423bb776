"""The words of photos with handwriting and of the test pages."""

_PHOTO = {
    "sure": {"en": "sure", "zh-CN": "可信"},
    "not_sure": {"en": "not sure", "zh-CN": "不确定"},
    "no_digit": {"en": "no digit found", "zh-CN": "未找到数字"},
    "step_grey": {"en": "grey", "zh-CN": "灰度"},
    "step_contrast": {"en": "contrast with the paper", "zh-CN": "与纸面的对比度"},
    "step_mask": {"en": "ink (threshold)", "zh-CN": "墨迹（阈值化）"},
    "step_digits": {"en": "digits found", "zh-CN": "找到的数字"},
    "as_network_sees": {"en": "as the network gets them", "zh-CN": "输入网络的图像"},
    "doubt": {"en": "doubt", "zh-CN": "存疑"},
    "upload": {"en": "Upload", "zh-CN": "上传"},
    "read": {"en": "Read", "zh-CN": "识别"},
    "wipe": {"en": "Wipe", "zh-CN": "清除"},
    "only_in_lab": {
        "en": "to be used in JupyterLab, with a running kernel",
        "zh-CN": "请在JupyterLab中运行内核后使用",
    },
    "line": {"en": "line", "zh-CN": "行"},
    "read_as": {"en": "read as", "zh-CN": "识别为"},
    "probability_percent": {"en": "probability (%)", "zh-CN": "概率（%）"},
    "second_answer": {"en": "second answer", "zh-CN": "次选"},
}

_PAGES = {
    "disturbance": {"en": "disturbance", "zh-CN": "干扰"},
    "page_clean": {"en": "clean", "zh-CN": "无干扰"},
    "page_size": {"en": "small digits", "zh-CN": "小字"},
    "page_thin_pen": {"en": "thin pen", "zh-CN": "细笔"},
    "page_touching": {"en": "touching", "zh-CN": "相连"},
    "page_paper": {"en": "paper and ink", "zh-CN": "纸与墨的颜色"},
    "page_board": {"en": "board", "zh-CN": "黑板"},
    "page_lines": {"en": "printed lines", "zh-CN": "横线与方格"},
    "page_shadow": {"en": "shadow", "zh-CN": "阴影"},
    "page_blur": {"en": "blur", "zh-CN": "模糊"},
    "page_rotation": {"en": "rotation", "zh-CN": "旋转"},
    "page_noise": {"en": "camera noise", "zh-CN": "相机噪声"},
    "page_photo": {"en": "several at once", "zh-CN": "多种叠加"},
    "share_of_digits": {"en": "share of all digits (%)", "zh-CN": "占全部数字的比例（%）"},
    "found_right": {"en": "found and read right", "zh-CN": "找到并识别正确"},
    "found_right_sure": {"en": "and sure", "zh-CN": "其中可信的"},
    "misread_digits": {"en": "misread", "zh-CN": "误判"},
    "missed_digits": {"en": "missed", "zh-CN": "漏检"},
    "false_finds": {"en": "false finds", "zh-CN": "误检"},
    "unsure_digits": {"en": "not sure", "zh-CN": "不确定"},
    "accuracy_with_interval": {"en": "accuracy (%), 95 %", "zh-CN": "准确率（%），95 %"},
}

WORDS = _PHOTO | _PAGES
