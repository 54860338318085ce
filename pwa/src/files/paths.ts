/** Paths of a workspace as the API writes them: docs/architecture.md, section 2. Pure. */

export const parentOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')));
export const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
export const join = (folder: string, name: string): string => (folder === '' ? name : `${folder}/${name}`);
export const within = (path: string, folder: string): boolean => path === folder || path.startsWith(`${folder}/`);

/** A name that a person typed, as paths write it. */
export const escaped = (name: string): string => name.replace(/%(?=[0-9A-Fa-f]{2})/g, '%25');

/** For eyes: line ends and other letters without a face, or with the power to turn a line around, get one. */
export function shown(path: string): string {
  return path.replace(/[\u0000-\u001f]/g, (c) => String.fromCharCode(0x2400 + c.charCodeAt(0))).replace(/[\u007f-\u009f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, '\ufffd');
}

/** How a message names a file, so that agents know where the name ends. */
export const mention = (path: string): string => (/[\s"']/.test(path) ? `@"${path}"` : `@${path}`);

/** What is being named at the end of `before`: the letters after an `@` that begins a word; null: nothing. */
export function mentioned(before: string): string | null {
  const found = /(?:^|[\s(])@([^\s@"]{0,200})$/.exec(before);
  return found ? found[1]! : null;
}
