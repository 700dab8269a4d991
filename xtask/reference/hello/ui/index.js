// One round trip to Rust, as every app makes one before it shows anything of use.
window.__TAURI__.core.invoke("job").then((job) => {
  if (job === null) document.getElementById("answer").textContent = "There is nothing to do.";
  else location.replace("chart.html");
});
