/** 2 to 128 characters, starts with a letter, not with http(s)://; letters, digits, `: _ . -`. */
export function isInstanceName(text: string): boolean {
  return /^\p{L}[\p{L}\p{N}:_.-]{1,127}$/u.test(text) && !/^https?:\/\//i.test(text)
}

/** 2 to 64 characters (15 on Windows); no dot or hyphen at either end or twice in a row; not digits alone. */
export function isHostName(text: string, windows: boolean): boolean {
  if (text.length < 2 || text.length > (windows ? 15 : 64) || /^\d+$/.test(text)) return false
  return windows ? /^[a-z\d]+(-[a-z\d]+)*$/i.test(text) : /^[a-z\d]+([.-][a-z\d]+)*$/i.test(text)
}

/** 2 to 256 characters, not starting with http(s)://. */
export function isDescription(text: string): boolean {
  return text.length >= 2 && text.length <= 256 && !/^https?:\/\//i.test(text)
}

/** 8 to 30 characters of three of the four classes: upper case, lower case, digits, special characters. */
export function isPassword(text: string): boolean {
  const classes = [/[A-Z]/, /[a-z]/, /\d/, /[()`~!@#$%^&*\-_+=|{}[\]:;'<>,.?/]/]
  return text.length >= 8 && text.length <= 30 && classes.filter(one => one.test(text)).length >= 3
}

/**
 * The name of the `index`th (from 0) of `count` instances. `prefix[begin,bits]suffix` numbers from `begin` with `bits`
 * digits; otherwise `uniqueSuffix` appends a number from 001.
 */
export function numberedName(
  pattern: string,
  index: number,
  options: { count: number; uniqueSuffix: boolean },
): string {
  const match = /^(.*)\[(\d{0,6}),(\d?)\](.*)$/.exec(pattern)
  if (match !== null) {
    const [, prefix = '', begin = '', bits = '', suffix = ''] = match
    const number = String(Number(begin || 0) + index)
    return prefix + number.padStart(Number(bits || 0), '0') + suffix
  }
  return options.uniqueSuffix && options.count > 1 ? pattern + String(index + 1).padStart(3, '0') : pattern
}
