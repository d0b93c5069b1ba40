/** 2 to 128 characters, starts with a letter, not with http(s)://; letters, digits, `: _ . -`. */
export function isInstanceName(text: string): boolean {
  return /^\p{L}[\p{L}\p{N}:_.-]{1,127}$/u.test(text) && !/^https?:\/\//i.test(text)
}

/** 2 to 64 characters, no dot or hyphen at either end or twice in a row; on Windows 2 to 15, no dot, not digits alone. */
export function isHostName(text: string, windows: boolean): boolean {
  if (text.length < 2 || text.length > (windows ? 15 : 64)) return false
  if (!windows) return /^[a-z\d]+([.-][a-z\d]+)*$/i.test(text)
  return /^[a-z\d]+(-[a-z\d]+)*$/i.test(text) && !/^\d+$/.test(text)
}

/** 2 to 256 characters, not starting with http(s)://. */
export function isDescription(text: string): boolean {
  return text.length >= 2 && text.length <= 256 && !/^https?:\/\//i.test(text)
}

/**
 * 8 to 30 characters of three of the four classes: upper case, lower case, digits, special characters. On Windows not
 * starting with a slash.
 */
export function isPassword(text: string, windows: boolean): boolean {
  if (windows && text.startsWith('/')) return false
  const classes = [/[A-Z]/, /[a-z]/, /\d/, /[()`~!@#$%^&*\-_+=|{}[\]:;'<>,.?/]/]
  return text.length >= 8 && text.length <= 30 && classes.filter(one => one.test(text)).length >= 3
}

/** Digits of a number in a name, unless told otherwise, and where `begin` has more of them than it is told to. */
const defaultBits = 6

/**
 * The name of the `index`th (from 0) of `count` instances. `prefix[begin,bits]suffix` numbers from `begin` (default 0)
 * with `bits` digits (1 to 6); otherwise `uniqueSuffix` appends a number from 001. Source: help page "Batch configure
 * sequential names or hostnames for multiple instances".
 */
export function numberedName(
  pattern: string,
  index: number,
  options: { count: number; uniqueSuffix: boolean },
): string {
  const match = /^(.+)\[(\d{0,6}),([1-6]?)\](.*)$/.exec(pattern)
  if (match !== null) {
    const [, prefix = '', begin = '', bits = '', suffix = ''] = match
    const wanted = Number(bits || defaultBits)
    const number = String(Number(begin || 0) + index)
    return prefix + number.padStart(begin.length > wanted ? defaultBits : wanted, '0') + suffix
  }
  return options.uniqueSuffix && options.count > 1 ? pattern + String(index + 1).padStart(3, '0') : pattern
}
