/** A picture is made of twice as many pixels as it has CSS pixels, for screens that show them. */
const SCALE = 2;

/** Makes a PNG of a picture, in base64. The window does it: it has a drawing engine and the desktop's fonts already. */
export async function pixels(address: string): Promise<string> {
  const image = new Image();
  image.src = address;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = image.naturalWidth * SCALE;
  canvas.height = image.naturalHeight * SCALE;
  const pen = canvas.getContext("2d");
  if (pen === null) throw new Error("this window cannot draw");
  pen.drawImage(image, 0, 0, canvas.width, canvas.height);
  const [, png = ""] = canvas.toDataURL("image/png").split(",");
  return png;
}
