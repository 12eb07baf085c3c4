// Amounts as the API sends them: decimal strings with at most 6 decimals. All arithmetic is on whole millionths; no
// float.

const SCALE = 1_000_000n;

/** The amount in millionths. Throws on anything that is no decimal of at most 6 places. */
export function micro(amount: string): bigint {
  const parts = /^(-?)(\d+)(?:\.(\d{1,6}))?$/.exec(amount);
  if (!parts) throw new Error(`not an amount: ${amount}`);
  const size = BigInt(parts[2]!) * SCALE + BigInt((parts[3] ?? '').padEnd(6, '0'));
  return parts[1] ? -size : size;
}

/** The decimal string of an amount in millionths, without trailing zeros. */
export function decimal(millionths: bigint): string {
  const sign = millionths < 0n ? '-' : '';
  const size = millionths < 0n ? -millionths : millionths;
  const fraction = (size % SCALE).toString().padStart(6, '0').replace(/0+$/, '');
  return `${sign}${size / SCALE}${fraction ? `.${fraction}` : ''}`;
}

/** Rounds half away from zero to `places` decimals, and keeps that many. */
export function rounded(amount: string, places: number): string {
  const step = 10n ** BigInt(6 - places);
  const value = micro(amount);
  const size = ((value < 0n ? -value : value) + step / 2n) / step;
  const text = size.toString().padStart(places + 1, '0');
  const whole = text.slice(0, text.length - places);
  const sign = value < 0n && size > 0n ? '-' : '';
  return sign + whole + (places ? `.${text.slice(-places)}` : '');
}

/** The whole part, cut and not rounded: what is shown as all used is all used. */
export function truncated(amount: string): string {
  return (micro(amount) / SCALE).toString();
}

/** The sum of amounts. */
export function sum(amounts: readonly string[]): string {
  return decimal(amounts.reduce((total, amount) => total + micro(amount), 0n));
}

/** A number for geometry alone, such as the height of a bar; never shown and never added. */
export function geometry(amount: string): number {
  return Number(amount);
}
