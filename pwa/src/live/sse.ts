/** One server-sent event. */
export interface Message {
  event: string;
  data: string;
  id: string | null;
}

/** Takes the text of a stream in any pieces, gives its events. */
export class SseParser {
  private rest = '';
  private event = '';
  private data: string[] = [];
  private id: string | null = null;

  push(chunk: string): Message[] {
    const out: Message[] = [];
    const text = this.rest + chunk;
    let from = 0;
    for (;;) {
      const end = text.indexOf('\n', from);
      if (end < 0) break;
      const line = text.charCodeAt(end - 1) === 13 && end > from ? text.slice(from, end - 1) : text.slice(from, end);
      from = end + 1;
      this.line(line, out);
    }
    this.rest = text.slice(from);
    return out;
  }

  private line(line: string, out: Message[]): void {
    if (line === '') {
      if (this.data.length > 0) out.push({ event: this.event || 'message', data: this.data.join('\n'), id: this.id });
      this.event = '';
      this.data = [];
      this.id = null;
      return;
    }
    if (line.startsWith(':')) return;
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
    if (field === 'data') this.data.push(value);
    else if (field === 'event') this.event = value;
    else if (field === 'id') this.id = value;
  }
}
