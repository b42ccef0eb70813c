"""Five documents as other tools leave them, and the site that kbtool makes of them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

GARBLED = """\
---
título: Atención
---
# 🔦 La atención

Cada palabra pregunta “¿quién me importa?” y las demás contestan.

- Préguntale a [[Codificación posicional]] por el orden.
- Más tarde, [[El tokenizador]].
"""

HUGO = """\
---
title: "Vecinos en el espacio"
date: 2024-11-02
draft: false
tags: ["vectores", "demo"]
author: "Nadie"
---

En la [primera parte]({{< ref "vecinos-uno.md" >}}) contamos letras.

{{< figure src="/img/vecinos.png" title="Tres vecinos" >}}

La distancia entre \\\\(u\\\\) y \\\\(v\\\\) es corta cuando apuntan igual.

<!--more-->

```python {linenos=table}
cos(u, v) = dot(u, v) / (norm(u) * norm(v))
```

{{% notice warning %}}
Esto es pseudocódigo.
{{% /notice %}}
"""

MDBOOK = """\
# Chapter 4: The window

As [the last chapter](./ch03-vocabulary.md#merges) showed, a text is a list of numbers.

{{#include ../listings/window.py:5:12}}

```rust,ignore
{{#rustdoc_include ../src/main.rs:all}}
```

The [appendix](../appendix/glossary.md) names every term, and [this note](vecinos.md) measures a distance.

| Stride | Windows |
|-------:|--------:|
|      1 |      97 |
|      4 |      25 |
"""

NOTEBOOK = """\
Una tabla de vectores

#Ejemplo

In [7]:

import torch
tabla = torch.nn.Embedding(4, 2)
tabla(torch.tensor([1]))

Out[7]:

tensor([[ 0.3367,  0.1288]], grad_fn=<EmbeddingBackward0>)

In [8]:

#Contar las filas
len(tabla.weight)

Out[8]:

4

Siga por [el cuaderno siguiente](./5_posiciones.ipynb) o mire ![la tabla](./imgs/4.2.png)"""

EMBEDS = """\
Sin título, y dos notas en una.

![[Pasted image 20240301101500.png]]

<iframe width="560" height="315" src="https://www.youtube.com/embed/abcdefghijk?si=track" allowfullscreen></iframe>

<script>document.title = "taken over"</script>

Dos bloques se apilan; véase [[Redes profundas|las redes]] y ![[capitulo-4#Chapter 4: The window]].

## ver ademas
![[Charla.mp4]] <img src="x" onerror="alert(1)">
"""

DOCUMENTS: dict[str, str | bytes] = {
    "atencion.md": GARBLED.encode("utf-8").decode("mac_roman").encode("utf-8"),
    "vecinos.md": HUGO,
    "capitulo-4.md": MDBOOK,
    "cuaderno.md": NOTEBOOK,
    "transformadores.md": EMBEDS,
}


@dataclass(frozen=True)
class Foreign:
    """The built site, and what was said about each document."""

    site: Any
    diagnostics: list[dict[str, Any]]
    status: int

    def codes(self, path: str) -> set[str]:
        return {d["code"] for d in self.diagnostics if d["path"] == path}

    def told(self, path: str, code: str) -> list[dict[str, Any]]:
        return [d for d in self.diagnostics if (d["path"], d["code"]) == (path, code)]


@pytest.fixture(scope="session")
def foreign(kbtool: Any, read_site: Any, tmp_path_factory: pytest.TempPathFactory, write: Any) -> Foreign:
    folder: Path = tmp_path_factory.mktemp("foreign")
    vault = write(folder / "documents", DOCUMENTS)
    ran = kbtool("build", vault, "--report", folder / "report.json", cwd=folder)
    report = json.loads((folder / "report.json").read_text("utf-8"))
    return Foreign(read_site(folder / "documents-site"), report["diagnostics"], ran.status)
