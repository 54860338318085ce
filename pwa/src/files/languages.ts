import type { LanguageSupport } from '@codemirror/language';

/** Each is loaded when the first text of it is opened. */
const c = () => import('@codemirror/lang-cpp').then((m) => m.cpp());
const java = () => import('@codemirror/lang-java').then((m) => m.java());
const javascript = (how: { jsx?: boolean; typescript?: boolean } = {}) => () => import('@codemirror/lang-javascript').then((m) => m.javascript(how));
const html = () => import('@codemirror/lang-html').then((m) => m.html());
const markdown = () => import('@codemirror/lang-markdown').then((m) => m.markdown());
const xml = () => import('@codemirror/lang-xml').then((m) => m.xml());
const yaml = () => import('@codemirror/lang-yaml').then((m) => m.yaml());

const BY_ENDING: Record<string, () => Promise<LanguageSupport>> = {
  c, h: c, cc: c, cpp: c, hpp: c, cxx: c, java, kt: java, html, htm: html, vue: html, md: markdown, markdown, xml, svg: xml, pom: xml, yaml, yml: yaml,
  js: javascript(), mjs: javascript(), cjs: javascript(), jsx: javascript({ jsx: true }), ts: javascript({ typescript: true }), mts: javascript({ typescript: true }), tsx: javascript({ typescript: true, jsx: true }),
  css: () => import('@codemirror/lang-css').then((m) => m.css()), go: () => import('@codemirror/lang-go').then((m) => m.go()), json: () => import('@codemirror/lang-json').then((m) => m.json()),
  py: () => import('@codemirror/lang-python').then((m) => m.python()), rs: () => import('@codemirror/lang-rust').then((m) => m.rust()), sql: () => import('@codemirror/lang-sql').then((m) => m.sql()),
};

export function languageOf(path: string): (() => Promise<LanguageSupport>) | undefined {
  const name = path.slice(path.lastIndexOf('/') + 1).toLowerCase();
  return Object.hasOwn(BY_ENDING, name.slice(name.lastIndexOf('.') + 1)) ? BY_ENDING[name.slice(name.lastIndexOf('.') + 1)] : undefined;
}
