#!/usr/bin/env python3
"""Holds report.html against what a page must be, in a real browser.

    check_page.py REPORT.html...            one line a claim: `ok - ...` or `not ok - ...`
    check_page.py --screenshots DIR REPORT.html...   the same, and pictures of every width and scheme
"""

import html.parser
import os
import sys

import browser

WIDTHS = (400, 1400)
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}

DECODED = """(async () => {
  document.querySelectorAll('details').forEach(d => d.open = true);
  const bad = [];
  for (const image of document.images) {
    try { await image.decode(); } catch (error) { bad.push(image.alt.slice(0, 80)); continue; }
    if (!image.naturalWidth || !image.alt) bad.push(image.alt.slice(0, 80) || 'no alt text');
  }
  return bad;
})()"""

WIDE = """(() => {
  const bad = [], width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth > width) bad.push('the page: ' + document.documentElement.scrollWidth);
  for (const element of document.body.querySelectorAll('*')) {
    const frame = element.parentElement.closest('.scroll, pre');
    const box = element.getBoundingClientRect();
    if (!frame && box.width && (box.right > width + 0.5 || box.left < -0.5))
      bad.push(element.tagName + '.' + element.className + ': ' + box.left + ' to ' + box.right);
  }
  return bad.slice(0, 5);
})()"""

# Chooses each arm in turn: what is left to see belongs to it.
FILTERED = """(() => {
  const select = document.querySelector('.filters [name=arm]'), bad = [];
  if (!select) return bad;
  for (const option of select.options) {
    select.value = option.value;
    select.dispatchEvent(new Event('change', {bubbles: true}));
    const seen = [...document.querySelectorAll('.row[data-arm]')].filter(row => row.offsetHeight);
    if (!seen.length || (option.value && seen.some(row => row.dataset.arm !== option.value))) bad.push(option.value);
  }
  return bad;
})()"""

HIDDEN = """(() => [...document.querySelectorAll('.dream, .row, figure, table')].filter(
  e => !e.closest('details:not([open])') && !e.getBoundingClientRect().height).length)()"""


class Nesting(html.parser.HTMLParser):
    """Open and closed elements in order, ids once each, no script but the page's own."""

    def __init__(self):
        super().__init__()
        self.open, self.ids, self.problems, self.scripts = [], set(), [], 0

    def handle_starttag(self, tag, attributes):
        names = dict(attributes)
        if len(names) != len(attributes):
            self.problems.append(f"{self.getpos()}: an attribute twice")
        if names.get("id") in self.ids:
            self.problems.append(f"{self.getpos()}: id {names['id']} twice")
        if "id" in names:
            self.ids.add(names["id"])
        if tag == "p" and "p" in self.open:
            self.problems.append(f"{self.getpos()}: a paragraph in a paragraph")
        self.scripts += tag == "script"
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open[-1] != tag:
            self.problems.append(f"{self.getpos()}: </{tag}> closes {self.open[-1:]}")
            return
        self.open.pop()


def report(claim, problems):
    print(f"{'not ok' if problems else 'ok'} - {claim}" + "".join(f"\n    {problem}" for problem in problems))
    return bool(problems)


def check_text(path, name):
    with open(path, encoding="utf-8") as file:  # raises where it is no UTF-8
        text = file.read()
    nesting = Nesting()
    nesting.feed(text)
    problems = nesting.problems + ([f"left open: {nesting.open}"] if nesting.open else [])
    problems += [f"{nesting.scripts} scripts"] if nesting.scripts != 1 else []
    return report(f"{name}: elements nest, ids are unique, one script", problems)


def check_browser(page, path, name, screenshots):
    failed = 0
    for width in WIDTHS:
        page.open(path, width)
        bad = page.evaluate(DECODED)
        failed += report(f"{name}: every image decodes and has alt text at {width} pixels", bad)
        failed += report(f"{name}: nothing is wider than the window at {width} pixels", page.evaluate(WIDE))
        failed += report(f"{name}: no word on the console, no address outside the file at {width} pixels", page.complaints())
    failed += report(f"{name}: the filter of arms shows the arm that is chosen", page.evaluate(FILTERED))
    page.open(path, WIDTHS[1], script=False)
    failed += report(f"{name}: nothing is hidden without scripts", [n for n in [page.evaluate(HIDDEN)] if n])
    for width in WIDTHS if screenshots else ():
        for dark in (False, True):
            page.open(path, width, dark=dark)
            page.screenshot(os.path.join(screenshots, f"{name}-{width}-{'dark' if dark else 'light'}.png"))
    return failed


def main(arguments):
    screenshots = None
    if arguments[:1] == ["--screenshots"]:
        screenshots, arguments = arguments[1], arguments[2:]
        os.makedirs(screenshots, exist_ok=True)
    if not arguments:
        sys.exit(__doc__)
    page = browser.Browser()
    failed = 0
    try:
        for path in arguments:
            name = os.path.basename(os.path.dirname(os.path.abspath(path)))
            failed += check_text(path, name)
            failed += check_browser(page, path, name, screenshots)
    finally:
        page.close()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
