"""Faults in what the notes demonstrate: for each, the code of a note that is changed, and the block that must notice.

A row takes `old` out of a block of the note and puts `new` there: a mistake one makes (the scale forgotten, the mask
moved by one, two things the wrong way round) that leaves every shape as it was. The note must then go red in the block
`noticed_by`: what it prints is not what the note says, or it raises. `test_mutations.py` runs them all.
"""

from typing import NamedTuple


class Mutation(NamedTuple):
    """One fault. `note` is the name of a file in `vault/Conceptos`, `noticed_by` the label of a block in it."""

    note: str
    noticed_by: str
    old: str
    new: str


MUTATIONS = (
    # text
    Mutation("Tokenizacion", "a-mano", "key=lambda p: (-veces[p], p)", "key=lambda p: (-veces[p], -p[0])"),
    Mutation("Codificación por pares de bytes (BPE)", "paso-a-paso", "(-veces[pareja], pareja)", "veces[pareja]"),
    Mutation("Cargador de datos", "a-mano", "fila[inicio + 1 : inicio + L + 1]", "fila[inicio : inicio + L]"),
    Mutation("Procesamiento del Lenguaje Natural (NLP)", "a-mano", "parejas[a, b], anteriores[a]", "parejas[a, b], 3"),
    # vectors
    Mutation("Modelo de juguete", "neurona", "zip(x, toy.W_F1)", "zip(x, toy.W_F1[::-1])"),
    Mutation("Modelo de juguete", "softmax", "math.exp(s) for s", "2**s for s"),
    Mutation("Embeddings", "one-hot", "num_classes=5).float()", "num_classes=5).float().flip(-1)"),
    Mutation("Embeddings", "coseno", "E / E.norm(dim=1, keepdim=True)", "E / E.norm(dim=0, keepdim=True)"),
    Mutation("One-hot", "a-mano", "unos[torch.arange(len(ids)), ids] = 1", "unos[torch.arange(len(ids)), ids - 1] = 1"),
    Mutation("Similitud coseno", "a-mano", "(u.norm(dim=-1) * v.norm(dim=-1))", "(u.norm(dim=-1) * u.norm(dim=-1))"),
    Mutation("Dimensión del embedding", "a-mano", "Fraction(sum(s), d) ** 2", "abs(Fraction(sum(s), d))"),
    Mutation(
        "Dimensión del embedding",
        "maximo",
        "F.normalize(torch.randn(n, d), dim=1)",
        "F.normalize(torch.rand(n, d), dim=1)",
    ),
    Mutation("Embeddings contextuales", "a-mano", "torch.stack([vecina, de_tabla])", "torch.stack([de_tabla] * 2)"),
    Mutation(
        "Embeddings contextuales",
        "entrenar",
        "entrada, meta = ids[~apartada, :-1], ids[~apartada, 1:]",
        "entrada, meta = ids[~apartada, :-1], ids[~apartada, :-1]",
    ),
    Mutation("Embeddings multimodales", "a-mano", "S.logsumexp(dim=0)", "S.logsumexp(dim=1)"),
    Mutation(
        "Pesos compartidos",
        "una-memoria",
        "salida.weight = tabla.weight  ",
        "salida.weight = nn.Parameter(tabla.weight.detach().clone())  ",
    ),
    # networks and learning
    Mutation("Redes Neuronales", "xor-a-mano", "torch.tensor([1.0, -2.0])", "torch.tensor([-2.0, 1.0])"),
    Mutation("Redes Neuronales", "descenso", "w -= eta * (8 * w - 20)", "w += eta * (8 * w - 20)"),
    Mutation("Función de coste", "a-mano", "-p[torch.arange(3), c].log()", "-p[c, torch.arange(3)].log()"),
    Mutation("Retropropagación", "nodo", "padre.grad += local", "padre.grad = local"),
    Mutation("Retropropagación", "nodo", "(self, otro.valor), (otro, self.valor)", "(self, self.valor), (otro, 1.0)"),
    Mutation("Descenso de gradiente y AdamW", "dos-pasos", "m / (1 - b1**t), v / (1 - b2**t)", "m, v"),
    Mutation("Softmax y temperatura", "a-mano", "p = exponenciales / exponenciales.sum()", "p = s / s.sum()"),
    Mutation("Softmax y temperatura", "desbordar", "(s - s.max()).exp()", "(s - s.min() + s).exp()"),
    Mutation("Muestreo", "a-mano", "p.cumsum(0)[:-1], u", "p.flip(0).cumsum(0)[:-1], u"),
    # positions
    Mutation("Positional Encoding", "saco-de-palabras", "attention(X, X, X, causal=causal)", "attention(X, X, X)"),
    Mutation(
        "Positional Encoding", "desplazarse-es-girar", "M = rotation(k, 64).float()", "M = rotation(k, 64).float().T"
    ),
    Mutation("Codificación de posiciones de palabras", "a-mano", "P[torch.arange(len(ids))]", "P[ids]"),
    Mutation("Codificación sinusoidal", "vueltas", "base ** (-2 * i / d)", "base ** (-i / d)"),
    Mutation(
        "Codificación sinusoidal", "construir", "[angulos.sin(), angulos.cos()]", "[angulos.cos(), angulos.sin()]"
    ),
    Mutation("Posiciones relativas", "despacio", "(j - i).clamp", "(i - j).clamp"),
    Mutation("RoPE", "girar", "a * cos - b * sen, a * sen + b * cos", "a * cos + b * sen, b * cos - a * sen"),
    Mutation("RoPE", "mover-el-texto", "rope(K, donde), valores, causal=True", "rope(K, p), valores, causal=True"),
    Mutation("ALiBi", "a-mano", "return -pendientes(H)", "return pendientes(H)"),
    Mutation("ALiBi", "a-mano", "torch.arange(1, H + 1) / H", "torch.arange(H) / H"),
    Mutation("Sesgo relativo de T5", "cubetas", "/ math.log(maxima / E) * (C - E)", "/ math.log(maxima / E) * C"),
    Mutation("Sesgo relativo de T5", "comprobar", "+ 16 * (r > 0)", "+ 16 * (r < 0)"),
    Mutation("Transformer-XL", "cuatro-terminos", "+ u @ k.T + r[distancia] @ v)", "+ v @ k.T + r[distancia] @ u)"),
    Mutation(
        "Transformer-XL", "desplazar", "[torch.zeros(T, 1, dtype=S.dtype), S]", "[S, torch.zeros(T, 1, dtype=S.dtype)]"
    ),
    Mutation("xPos", "a-mano", "(signo * p[:, None] / s)", "(p[:, None] / s)"),
    Mutation("NoPE", "una-capa-dos-capas", "X + attention(X, X, X, causal=causal)", "X + attention(X, X, X)"),
    Mutation("NoPE", "contar", "comienzo[0] = 1.0", "comienzo[-1] = 1.0"),
    # attention
    Mutation(
        "Mecanismo de atención utilizado en la arquitectura de Transformers",
        "pasos",
        "Q @ K.T / K.shape[-1] ** 0.5 ",
        "Q @ K.T ",
    ),
    Mutation(
        "Mecanismo de atención utilizado en la arquitectura de Transformers",
        "pasos",
        "A = torch.softmax(puntuaciones, dim=-1)",
        "A = torch.softmax(puntuaciones, dim=0)",
    ),
    Mutation(
        "Vectores Query, Key y Value",
        "proyecciones",
        "Q, K, V = X @ W_Q, X @ W_K, X @ W_V",
        "Q, K, V = X @ W_K, X @ W_Q, X @ W_V",
    ),
    Mutation("Producto punto escalado", "signos", "(s / d**0.5).square().mean()", "(s / d).square().mean()"),
    Mutation("Producto punto escalado", "comprobacion", "s = escala * q @ k", "s = q @ k"),
    Mutation("Autoatención", "capa", "    s = q @ k.T / d**0.5", "    s = q @ k.T"),
    Mutation(
        "Autoatención", "capa", "s.masked_fill(torch.ones_like(s).triu(1)", "s.masked_fill(torch.ones_like(s).triu(2)"
    ),
    Mutation(
        "Atención multicabeza", "restar", "torch.cat([Z_1, Z_2], dim=1) @ W_O", "torch.cat([Z_2, Z_1], dim=1) @ W_O"
    ),
    Mutation(
        "Máscara causal",
        "a-mano",
        "permitido = torch.ones(3, 3, dtype=torch.bool).tril()",
        "permitido = torch.ones(3, 3, dtype=torch.bool).triu()",
    ),
    Mutation("Máscara causal", "prefijos", "k[:i + 1], v[:i + 1]", "k[:i + 2], v[:i + 2]"),
    Mutation("Atención cruzada", "capa", "k = Y @ capa.k_proj_weight.T  ", "k = Y @ capa.v_proj_weight.T  "),
    Mutation(
        "Atención cruzada", "garantias", "padding_mask(torch.tensor([6]), 9)", "padding_mask(torch.tensor([7]), 9)"
    ),
    Mutation("Caché KV", "dos-listas", "claves.append(x @ W_K)", "claves.insert(0, x @ W_K)"),
    Mutation("Caché KV", "dos-listas", "((x @ W_Q) @ K.T / d**0.5)", "((x @ W_Q) @ K.T)"),
    Mutation("FlashAttention", "a-mano", "x, y = (a[0] - m).exp(), (b[0] - m).exp()", "x = y = torch.ones_like(m)"),
    Mutation(
        "Atención de consultas agrupadas (GQA y MQA)",
        "tres-maneras",
        "k = k.repeat_interleave(H // G, dim=1)",
        "k = k.repeat(1, H // G, 1, 1)",
    ),
    # blocks and models
    Mutation(
        "Normalización de capa",
        "a-mano",
        "varianza = centrado.square().mean(dim=-1, keepdim=True)",
        "varianza = x.square().mean(dim=-1, keepdim=True)",
    ),
    Mutation("RMSNorm", "a-mano", "return x / (x.square().mean(", "return x / (x.square().sum("),
    Mutation("Conexiones residuales", "caminos", "y = y + a * y if atajos", "y = y - a * y if atajos"),
    Mutation("Red prealimentada", "a-mano", "activacion(x @ W1 + b1) @ W2 + b2", "(x @ W1 + b1) @ W2 + b2"),
    Mutation(
        "Encoder y decoder",
        "a-mano",
        "attention(0 * v, 0 * v, v, causal=causal)",
        "attention(0 * v, 0 * v, v, causal=not causal)",
    ),
    Mutation(
        "Transformers", "norma", "centrado.square().mean(dim=-1, keepdim=True)", "x.square().mean(dim=-1, keepdim=True)"
    ),
    Mutation("Transformers", "bloque", "Z = Y + estrechar", "Z = X + estrechar"),
    # systems
    Mutation("Redes recurrentes (RNN)", "con-torch", "x_t @ W_x + h @ W_h + b)", "x_t @ W_x + h @ W_h.T + b)"),
    Mutation("Large Language Models (LLMs)", "cadena", "log_p[:, 1 + desde : 4 + desde]", "log_p[:, 1:4]"),
    Mutation("Ventana de Contexto del modelo", "fuera", "gpt(ids[:, -n:])", "gpt(ids[:, -n - 1 : -1])"),
    Mutation("GPT mínimo", "a-mano", "entropia(parejas) - entropia(Counter(texto[:-1]))", "entropia(parejas)"),
    Mutation("GPT mínimo", "examen", "gpt.loss(datos[i], datos[i + 1])", "gpt.loss(datos[i], datos[i])"),
    Mutation("Generación de texto", "bucle", "gpt(ids[None, -T:])[0, -1]  ", "gpt(ids[None, -T:])[0, 0]  "),
    Mutation("Generación de texto", "cache", "entra = elegir(puntos).view(1) ", "entra = ids[-1:]; elegir(puntos) "),
    Mutation("Traducción automática", "modelo", "puntos = nuevo(x, y[:, :-1])  ", "puntos = nuevo(x, y[:, 1:])  "),
    Mutation("Dispositivos y determinismo", "tolerancia", "en_32 = attention(q, k, v)", "en_32 = attention(k, q, v)"),
)
