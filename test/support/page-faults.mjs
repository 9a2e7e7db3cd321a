export default () => {
  // Looks at the page as it is rendered: what assistive technology is told, computed colours, whether it fits.
  const faults = []
  const check = (holds, otherwise) => {
    if (!holds) faults.push(otherwise)
  }
  const all = (selector) => [...document.querySelectorAll(selector)]
  const isNamed = ({ textContent }) => textContent.trim() !== ''

  check(/^[a-z]{2}/.test(document.documentElement.lang), 'The page has no language')
  check(document.title.trim() !== '', 'The page has no title')
  check(all('main').length === 1, 'There is not one landmark main')
  check(all('h1').filter(isNamed).length === 1, 'There is not one heading of the page')
  check(all('script, iframe, img, link, object, embed').length === 0, 'Something is loaded or run')
  check(performance.getEntriesByType('resource').length === 0, 'Something was fetched for the page')
  check(document.documentElement.scrollWidth <= innerWidth, 'The page is wider than the window')
  for (const button of all('button')) {
    check(isNamed(button), 'A button has no name')
    const { height } = button.getBoundingClientRect()
    check(height >= 44, `The button ${button.textContent} is only ${height} pixels high`)
  }
  for (const field of all('input:not([type=hidden])')) check(field.labels?.length === 1, 'A field has no label')

  const colourOf = (text) => {
    const [r = 0, g = 0, b = 0, a = 1] = (text.match(/[\d.]+/g) ?? []).map(Number)
    return { rgb: [r, g, b], a }
  }
  const behind = (element) => {
    if (!element) return [255, 255, 255]
    const { rgb, a } = colourOf(getComputedStyle(element).backgroundColor)
    return a === 1 ? rgb : behind(element.parentElement)
  }
  // Relative luminance and contrast as WCAG 2.2 defines them.
  const luminance = (rgb) => {
    const parts = rgb.map((part) => part / 255)
    const [r, g, b] = parts.map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const contrast = (one, other) => {
    const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a)
    return (light + 0.05) / (dark + 0.05)
  }
  const texts = all('body *').filter(({ childNodes }) =>
    [...childNodes].some(({ nodeType, textContent }) => nodeType === Node.TEXT_NODE && textContent.trim() !== ''),
  )
  check(texts.length > 2, 'The page says nothing')
  for (const element of texts) {
    const ratio = contrast(colourOf(getComputedStyle(element).color).rgb, behind(element))
    check(ratio >= 4.5, `"${element.textContent}" has a contrast of ${ratio.toFixed(1)}`)
  }
  return faults
}
