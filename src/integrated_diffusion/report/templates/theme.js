// Light and dark: the reader's choice, else the system's. Pictures are painted in the colours of the page.

const root = document.documentElement;
const isDark = () => (root.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";

const ofTheme = (name) => getComputedStyle(root).getPropertyValue(`--${name}`).trim();

// Dark colours are lightened on a dark page, as far as they need to be.
function visible(colour) {
  if (!isDark()) return colour;
  let rgb = rgbOf(colour);
  const light = ([r, g, b]) => 0.2126 * (r / 255) ** 2.2 + 0.7152 * (g / 255) ** 2.2 + 0.0722 * (b / 255) ** 2.2;
  while (light(rgb) < 0.17) rgb = rgb.map((part) => part + 0.1 * (255 - part));
  return `rgb(${rgb.map(Math.round).join(",")})`;
}

function makeTheme(button, onChange) {
  const say = () => (button.textContent = isDark() ? "light" : "dark");
  const change = () => {
    say();
    onChange();
  };
  button.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    change();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", change);
  say();
}
