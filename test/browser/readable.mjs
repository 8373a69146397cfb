// Runs in the page. Lists texts whose contrast with their background is below WCAG 2.1 AA, and controls whose border's is.
export function faintThings() {
  const parse = (color) => color.match(/[\d.]+/g).map(Number);
  const luminance = ([r, g, b]) => [r, g, b]
    .map((part) => part / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
    .reduce((sum, part, i) => sum + part * [0.2126, 0.7152, 0.0722][i], 0);
  const ratio = (a, b) => {
    const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x);
    return (high + 0.05) / (low + 0.05);
  };
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = parse(getComputedStyle(at).backgroundColor);
      if (color.length === 3 || color[3] === 1) return color;
    }
    return [255, 255, 255];
  };
  const faint = [];
  for (const element of document.querySelectorAll('body *')) {
    const style = getComputedStyle(element);
    const says = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    if (says) {
      const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && style.fontWeight >= 700);
      const found = ratio(parse(style.color), behind(element));
      if (found < (large ? 3 : 4.5)) faint.push(`${element.outerHTML.slice(0, 80)}: ${found.toFixed(2)}`);
    }
    if (element.matches('input:not([type=hidden]):not([hidden]), textarea')) {
      const found = ratio(parse(style.borderTopColor), behind(element.parentElement));
      if (found < 3) faint.push(`border of ${element.outerHTML.slice(0, 80)}: ${found.toFixed(2)}`);
    }
  }
  return faint;
}
