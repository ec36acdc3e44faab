"""Pictures as one file of HTML, which opens without a network."""

from __future__ import annotations

import base64
import gzip
import importlib.resources
from html import escape
from string import Template
from typing import Final

from gitxp.text import cell
from gitxp.ui.plot.interactive import interactive
from gitxp.ui.plot.picture import Picture

# The library takes a third of its size compressed; every browser since 2023 unpacks it by itself.
_PAGE: Final = Template("""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title>
<style>html, body, #picture { height: 100%; margin: 0 } #picture { min-height: 480px }</style>
</head>
<body>
<div id="picture"><noscript>This picture is drawn by a script.</noscript></div>
<script id="figure" type="application/json">$figure</script>
<script id="library" type="application/octet-stream">$library</script>
<script>
(async () => {
  const library = document.getElementById("library");
  const packed = await fetch("data:application/gzip;base64," + library.textContent);
  const code = packed.body.pipeThrough(new DecompressionStream("gzip"));
  const script = document.createElement("script");
  script.src = URL.createObjectURL(await new Response(code).blob());
  await new Promise((done, failed) => {
    script.onload = done;
    script.onerror = failed;
    document.head.append(script);
  });
  library.remove();
  const figure = JSON.parse(document.getElementById("figure").textContent);
  await Plotly.newPlot("picture", figure.data, figure.layout, { responsive: true });
  document.body.dataset.drawn = "yes";
})().catch((error) => {
  document.getElementById("picture").textContent =
    "This picture needs a browser of 2023 or newer. " + error;
});
</script>
</body>
</html>
""")


def page(picture: Picture) -> str:
    """Return a picture as a page of its own, with all that draws it within.

    Raises:
        ImportError: If plotly is not installed.
    """
    figure = interactive(picture)
    return _PAGE.substitute(
        title=escape(cell(picture.title)),
        # Within a script nothing but its end counts, and that begins with such a bracket.
        figure=str(figure.to_json()).replace("<", "\\u003c"),
        library=_library(),
    )


def _library() -> str:
    code = importlib.resources.files("plotly") / "package_data" / "plotly.min.js"
    # No time of day in it: the same picture is the same file.
    return base64.b64encode(gzip.compress(code.read_bytes(), mtime=0)).decode("ascii")
