/** A window that nobody sees draws no frame; then it is not waited for longer than this, in milliseconds. */
const PATIENCE = 500;

/** Resolves when what is known now has been drawn. */
export function afterFrame(): Promise<void> {
  return new Promise((drawn) => {
    const late = setTimeout(drawn, PATIENCE);
    requestAnimationFrame(() => {
      clearTimeout(late);
      // The frame is drawn after this function, and before the next task.
      setTimeout(drawn);
    });
  });
}
