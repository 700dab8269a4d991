// Draws each chart in turn and reports the milliseconds until it is painted: until the second
// animation frame after the change, so that the first has been shown.
const { invoke } = window.__TAURI__.core;
const WIDTH = 900;
const HEIGHT = 300;

const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
const twoFrames = async () => {
  await frame();
  await frame();
};

const drawers = {
  async keystow(place, { image }) {
    const picture = new Image(WIDTH, HEIGHT);
    picture.src = image;
    await picture.decode();
    place.append(picture);
  },
  uplot(place, { times, values }) {
    const options = { width: WIDTH, height: HEIGHT, series: [{}, { stroke: "teal" }] };
    new uPlot(options, [times, values], place);
  },
  echarts(place, { times, values }) {
    place.style.width = `${WIDTH}px`;
    place.style.height = `${HEIGHT}px`;
    const chart = echarts.init(place);
    const data = times.map((time, index) => [time * 1000, values[index]]);
    const line = { type: "line", showSymbol: false, data };
    chart.setOption({ animation: false, xAxis: { type: "time" }, yAxis: {}, series: [line] });
  },
};

async function draw(name, input) {
  const place = document.getElementById("place");
  const fresh = place.cloneNode(false);
  place.replaceWith(fresh);
  await twoFrames();
  const start = performance.now();
  await drawers[name](fresh, input);
  await twoFrames();
  return performance.now() - start;
}

// A walk that is the same each time, with another start for every run.
function series(points, run) {
  const times = [];
  const values = [];
  let value = 500 + run;
  for (let index = 0; index < points; index += 1) {
    value = Math.abs(value + (((index * 7919 + run * 104729) % 201) - 100));
    times.push(1_700_000_000 + index * 3600);
    values.push(value);
  }
  return { times, values };
}

async function work({ points, images, contenders }) {
  const results = contenders.map(() => []);
  for (let run = 0; run < images.length; run += 1) {
    const input = { ...series(points, run), image: images[run] };
    for (let index = 0; index < contenders.length; index += 1) {
      const took = await draw(contenders[index], input);
      // The first turn warms up.
      if (run > 0) results[index].push(took);
    }
  }
  return results;
}

window.addEventListener("load", async () => {
  const job = JSON.parse(await invoke("job"));
  let answer;
  try {
    answer = { results: await work(job) };
  } catch (error) {
    answer = { error: String(error) };
  }
  await invoke("report", { answer: JSON.stringify(answer) });
});
