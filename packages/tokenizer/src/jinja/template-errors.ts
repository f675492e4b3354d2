/** A template that is not Jinja. The message names the line. */
export class TemplateSyntaxError extends Error {
  override readonly name = 'TemplateSyntaxError';

  constructor(
    reason: string,
    readonly line: number,
  ) {
    super(`${reason} (line ${line} of the template)`);
  }
}

/** An expression that Python would not evaluate; the message is Python's or Jinja2's. */
export class TemplateRuntimeError extends Error {
  override readonly name: string = 'TemplateRuntimeError';
}

/** The template called `raise_exception`. */
export class TemplateRaised extends Error {
  override readonly name = 'TemplateRaised';
}

/** Use of an undefined value, as Jinja2's UndefinedError. */
export class UndefinedError extends TemplateRuntimeError {
  override readonly name = 'UndefinedError';
}

/** An error of Python by its class: `TypeError`, `ValueError`, `ZeroDivisionError`, … */
export class PythonError extends TemplateRuntimeError {
  override readonly name: string;

  constructor(type: string, message: string) {
    super(message);
    this.name = type;
  }
}

export const typeError = (message: string) => new PythonError('TypeError', message);
export const valueError = (message: string) => new PythonError('ValueError', message);

/** True for the errors that Jinja2's filters catch around a conversion. */
export const isConversionError = (error: unknown): boolean =>
  error instanceof PythonError && (error.name === 'TypeError' || error.name === 'ValueError');
