import type { Attachment } from '../wire.ts';

export const FILE_BYTES = 10 * 1024 * 1024;
export const FILES = 10;
const LARGE_IMAGE = 1.5 * 1024 * 1024;
const LONGEST_SIDE = 2000;

/** @throws Error with words for people when the file is too large or cannot be read */
export async function attach(file: File): Promise<Attachment> {
  let blob: Blob = file;
  let type = file.type || 'application/octet-stream';
  if (/^image\/(jpeg|png|webp|heic|heif)$/.test(type) && file.size > LARGE_IMAGE) {
    const smaller = await shrink(file).catch(() => null);
    if (smaller && smaller.size < file.size) {
      blob = smaller;
      type = smaller.type;
    }
  }
  if (blob.size > FILE_BYTES) throw new Error(`“${file.name}” is larger than 10 MB. Choose a smaller one, or put it into the workspace by SFTP.`);
  const data = await new Promise<string>((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result).replace(/^[^,]*,/, ''));
    reader.onerror = () => reject(new Error(`“${file.name}” could not be read. Try to attach it again.`));
    reader.readAsDataURL(blob);
  });
  return { name: file.name || 'pasted image', mediaType: type, data };
}

/** A phone's photo is far larger than what a model looks at. */
async function shrink(file: File): Promise<Blob | null> {
  const image = await createImageBitmap(file, { imageOrientation: 'from-image' });
  const scale = Math.min(1, LONGEST_SIDE / Math.max(image.width, image.height));
  const canvas = document.createElement('canvas');
  canvas.width = Math.round(image.width * scale);
  canvas.height = Math.round(image.height * scale);
  canvas.getContext('2d')!.drawImage(image, 0, 0, canvas.width, canvas.height);
  image.close();
  return new Promise((resolve) => canvas.toBlob(resolve, 'image/jpeg', 0.85));
}
