// Plots on canvases, in the page's colors.

function prepared(canvas) {
  const scale = window.devicePixelRatio || 1;
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  if (canvas.width !== Math.round(width * scale)) canvas.width = Math.round(width * scale);
  if (canvas.height !== Math.round(height * scale)) canvas.height = Math.round(height * scale);
  const context = canvas.getContext("2d");
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, width, height);
  return { context, width, height };
}

// A color of the page as the canvas can take it: that of a hidden element which has it.
function color(name) {
  const probe = document.getElementById("toasts");
  probe.style.color = `var(--${name})`;
  const value = getComputedStyle(probe).color;
  probe.style.color = "";
  return value;
}

function drawBars(canvas, shares) {
  const { context, width, height } = prepared(canvas);
  const most = Math.max(...shares, 0.02);
  context.fillStyle = color("accent");
  shares.forEach((share, i) => {
    const high = Math.max(share > 0 ? 1 : 0, (height * Math.sqrt(share / most)));
    context.fillRect((i * width) / shares.length, height - high, width / shares.length - 1, high);
  });
}

// Lines over time, each to its own scale: {color, values}.
function drawLines(canvas, lines, most) {
  const { context, width, height } = prepared(canvas);
  context.strokeStyle = color("line");
  context.lineWidth = 1;
  for (const y of [0.5, height / 2, height - 0.5]) {
    context.beginPath();
    context.moveTo(0, y);
    context.lineTo(width, y);
    context.stroke();
  }
  for (const line of lines) {
    const values = line.values.slice(-most);
    const top = Math.max(...values, line.least ?? 1e-9) * 1.1;
    context.strokeStyle = color(line.color);
    context.lineWidth = 1.75;
    context.lineJoin = "round";
    context.beginPath();
    values.forEach((value, i) => {
      const x = width - ((values.length - 1 - i) * width) / (most - 1);
      const y = height - 2 - ((height - 4) * value) / top;
      if (i === 0) context.moveTo(x, y); else context.lineTo(x, y);
    });
    context.stroke();
  }
}
