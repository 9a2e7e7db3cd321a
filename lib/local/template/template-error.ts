/** A template, or what it is read with, that the local stack cannot serve. The message is one line for the developer. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError'
}
