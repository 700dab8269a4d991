// One round trip to Rust, as every app makes one before it shows anything of use.
window.__TAURI__.core.invoke("job").then((job) => {
  const { rows } = job === null ? {} : JSON.parse(job);
  if (job === null) document.getElementById("answer").textContent = "There is nothing to do.";
  else if (rows) list(rows);
  else location.replace("chart.html");
});

// Every row of a long list at once, as a page has them that was not written for many.
function list(rows) {
  const all = Array.from({ length: rows }, (_, number) => {
    const row = document.createElement("p");
    for (const cell of [`service-${number}`, "production", "key_…", "Active", "an hour ago"]) {
      const part = document.createElement("span");
      part.textContent = `${cell} `;
      row.append(part);
    }
    return row;
  });
  document.body.append(...all);
}
