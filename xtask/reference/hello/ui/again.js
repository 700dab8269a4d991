// The least a page can do for a key press: nine rows of text are replaced by nine others.
const typed = document.getElementById("typed");
const rows = document.getElementById("rows");

function answer() {
  const lines = Array.from({ length: 9 }, (_, number) => {
    const line = document.createElement("li");
    line.textContent = `row ${number} of “${typed.value}”`;
    return line;
  });
  rows.replaceChildren(...lines);
}

typed.addEventListener("input", answer);
window.addEventListener("focus", () => typed.focus());
answer();
typed.focus();
