// Numbers as text, as Python writes them.

// Python's format "g" with so many digits.
export function general(value: number, digits: number): string {
  if (value === 0) return "0";
  const [mantissa, power] = value.toExponential(digits - 1).split("e");
  const exponent = Number(power);
  if (exponent < -4 || exponent >= digits) {
    const short = mantissa.includes(".") ? mantissa.replace(/\.?0+$/, "") : mantissa;
    return `${short}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
  }
  const fixed = value.toFixed(Math.max(digits - 1 - exponent, 0));
  return fixed.includes(".") ? fixed.replace(/\.?0+$/, "") : fixed;
}

export function thousands(value: number): string {
  return value.toLocaleString("en-US", { maximumFractionDigits: 0 });
}

export function percent(share: number, digits = 1): string { return `${(100 * share).toFixed(digits)}%`; }

// Short texts of numbers that differ where the numbers do; as `number_texts` of the atlas.
export function numberTexts(values: number[]): string[] {
  if (values.every((value) => Math.abs(value) < 1e15 && Number.isInteger(value))) return values.map(thousands);
  const different = new Set(values).size;
  const whole = values.map(thousands);
  const sizes = values.map(Math.abs);
  if (Math.min(...sizes) >= 1000 && Math.max(...sizes) < 1e15 && new Set(whole).size === different) return whole;
  for (let digits = 3; digits < 17; digits++) {
    const texts = values.map((value) => general(value, digits));
    if (new Set(texts).size === different) return texts;
  }
  return values.map((value) => general(value, 17));
}
