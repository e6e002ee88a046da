// Words of the page, in English and Chinese.

const texts = {
  en: {
    language: "中文", languageTitle: "Show this page in Chinese",
    theme: "Theme", themeAuto: "Light or dark: as the system", themeLight: "Light", themeDark: "Dark",
    connected: "connected", silent: "silent", disconnected: "disconnected",
    away: "the program is not there; trying again",
    waiting: "Waiting for the first picture", waitingHint: "It appears as soon as the board sends one.",
    textOnly: "The board sends text, and no pictures",
    pause: "Pause", goOn: "Go on", boxes: "Boxes", drawField: "Draw a field",
    drawing: "Draw a box on the picture", correct: "Correct", ask: "Ask for an image",
    record: "Record", stopRecording: "Stop recording", recordingOn: "Recording", recordingOff: "Recording ended",
    nothing: "nothing read", image: "image", confidence: "sure", took: "read in",
    novelty: "novelty", noveltyHint: "The share of known print that is less unlike what the reader learned, 0 to 1",
    focus: "Focus", sharpness: "Sharpness", best: "best so far", reset: "Reset",
    focusHint: "Turn the lens until the bar is as full as it gets.",
    histogram: "Brightness, dark to light", dark: "too dark", bright: "too bright", clipped: "white without detail",
    link: "Link", images: "Images", bytes: "Bytes", roundTrip: "There and back", delay: "Delay to this page",
    received: "Received", read: "Read", perSecond: "/s", lost: "Lost", losses: "Losses",
    noLosses: "Nothing was lost.", plot: "Images and bytes a second over the last minutes",
    fields: "Values", noFields: "No values yet. Draw a box on the picture around a number.",
    edit: "Change", remove: "Remove", removeField: "Remove {name}?", lastGood: "last good",
    good: "good", doubtful: "doubtful", refused: "refused", notYet: "not read yet",
    notKept: "Kept until the program ends; start it with --camera FILE to keep them.",
    settings: "Camera", mount: "How the camera is mounted", format: "Format", region: "Part of the picture",
    rate: "Images a second", delivery: "Sends", exposure: "Exposure", unchanged: "as it is",
    whole: "Whole picture", drawRegion: "Draw a part", asMany: "as many as go",
    exposureCamera: "by the camera", exposureText: "for what is read",
    deliverImages: "images", deliverText: "text", deliverBoth: "both", askBoard: "Ask the board",
    asked: "Asked", recent: "Last readings", doubt: "Doubtful first", noRecent: "Nothing was read yet.",
    noDoubt: "Nothing is doubtful.", messages: "Messages",
    correctTitle: "What does it say?",
    correctHint: "Say for every line what stands there. Leave a line empty where there is no text.",
    addLine: "Add a line that was missed", keep: "Keep", keepNext: "Keep, and the next doubtful one",
    cancel: "Cancel", kept: "Kept as {name}", undo: "Undo", undone: "{name} was removed",
    fieldTitle: "A value of this camera", name: "Name", nameHint: "Letters, digits, _ and -",
    digits: "Digits in all", decimals: "Digits behind the point", unit: "Unit", quantity: "Quantity",
    pattern: "Pattern", grows: "It only grows, as a counter", mostPerHour: "Most change in an hour",
    least: "Least", most: "Most", box: "Place: x, y, width, height", save: "Save", any: "any",
    unavailable: "Not available: {reason}", quantityNone: "none",
    mountNames: {
      upright: "upright", right: "a quarter clockwise", "upside-down": "upside down",
      left: "a quarter counterclockwise",
    },
    mirrored: "mirrored",
    reasons: {
      empty: "nothing is read there", unsure: "a character is unsure", digits: "digits are missing, or too many",
      pattern: "the text isn't as the pattern has it", "between-digits": "a drum stands between two digits",
      falls: "it would fall", jumps: "it would change too fast", range: "it is out of its limits",
      moved: "the camera was moved", missing: "a part never arrived",
    },
  },
  zh: {
    language: "English", languageTitle: "用英文显示此页",
    theme: "主题", themeAuto: "明暗：跟随系统", themeLight: "浅色", themeDark: "深色",
    connected: "已连接", silent: "无数据", disconnected: "未连接",
    away: "程序没有响应，正在重试",
    waiting: "等待第一张图像", waitingHint: "开发板发送图像后会立即显示。",
    textOnly: "开发板只发送文字，不发送图像",
    pause: "暂停", goOn: "继续", boxes: "文字框", drawField: "框选数值",
    drawing: "请在图像上画一个框", correct: "更正", ask: "请求一张图像",
    record: "录制", stopRecording: "停止录制", recordingOn: "正在录制", recordingOff: "录制已结束",
    nothing: "没有读到文字", image: "图像", confidence: "把握", took: "识别用时",
    novelty: "新奇度", noveltyHint: "已知印刷文字中，比这一行更接近识别器所学内容的比例，0 到 1",
    focus: "对焦", sharpness: "清晰度", best: "目前最佳", reset: "重置",
    focusHint: "转动镜头，直到进度条尽可能满。",
    histogram: "亮度分布，从暗到亮", dark: "太暗", bright: "太亮", clipped: "过曝",
    link: "链路", images: "图像", bytes: "字节", roundTrip: "往返时间", delay: "到此页的延迟",
    received: "已接收", read: "已识别", perSecond: "/秒", lost: "丢失", losses: "丢失情况",
    noLosses: "没有丢失。", plot: "最近几分钟每秒的图像数与字节数",
    fields: "数值", noFields: "还没有数值。请在图像上框住一个数字。",
    edit: "修改", remove: "删除", removeField: "删除 {name}？", lastGood: "最近的有效值",
    good: "有效", doubtful: "存疑", refused: "拒绝", notYet: "尚未读取",
    notKept: "只保留到程序结束；用 --camera 文件 启动即可保存。",
    settings: "摄像头", mount: "摄像头的安装方向", format: "格式", region: "图像区域",
    rate: "每秒图像数", delivery: "发送内容", exposure: "曝光", unchanged: "保持不变",
    whole: "整幅图像", drawRegion: "框选区域", asMany: "尽可能多",
    exposureCamera: "由摄像头决定", exposureText: "以文字为准",
    deliverImages: "图像", deliverText: "文字", deliverBoth: "两者", askBoard: "向开发板请求",
    asked: "已请求", recent: "最近的识别结果", doubt: "存疑优先", noRecent: "还没有识别结果。",
    noDoubt: "没有存疑的结果。", messages: "消息",
    correctTitle: "这里写的是什么？",
    correctHint: "请逐行写出图像上的文字；没有文字的行请留空。",
    addLine: "添加漏读的一行", keep: "保存", keepNext: "保存并看下一张存疑图像",
    cancel: "取消", kept: "已保存为 {name}", undo: "撤销", undone: "已删除 {name}",
    fieldTitle: "此摄像头的一个数值", name: "名称", nameHint: "字母、数字、_ 和 -",
    digits: "总位数", decimals: "小数位数", unit: "单位", quantity: "物理量",
    pattern: "模式", grows: "只增不减，如计数器", mostPerHour: "每小时最大变化",
    least: "最小值", most: "最大值", box: "位置：x、y、宽、高", save: "保存", any: "不限",
    unavailable: "不可用：{reason}", quantityNone: "无",
    mountNames: {
      upright: "正立", right: "顺时针四分之一圈", "upside-down": "倒置", left: "逆时针四分之一圈",
    },
    mirrored: "镜像",
    reasons: {
      empty: "没有读到内容", unsure: "有字符不确定", digits: "位数不对",
      pattern: "与模式不符", "between-digits": "字轮停在两个数字之间",
      falls: "数值会变小", jumps: "变化过快", range: "超出范围",
      moved: "摄像头被移动", missing: "有一部分没有收到",
    },
  },
};

let language = "en";

// The words for a key; names in braces are replaced by what `parts` has for them.
function t(key, parts = {}) {
  const words = texts[language][key] ?? texts.en[key] ?? key;
  if (typeof words !== "string") return words;
  return words.replace(/\{(\w+)\}/g, (whole, name) => parts[name] ?? whole);
}

function number(value, places = 0) {
  return new Intl.NumberFormat(language, {
    minimumFractionDigits: places, maximumFractionDigits: places,
  }).format(value);
}

function remembered(name) {
  try { return localStorage.getItem(`scribe-${name}`); } catch { return null; }
}

function remember(name, value) {
  try { localStorage.setItem(`scribe-${name}`, value); } catch { /* A private window forgets. */ }
}
