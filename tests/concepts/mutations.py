"""Faults that keep every shape: for each, where it goes, and a test that must notice it.

A row changes one piece of a lesson's source, `old` -> `new`, and names a test (`file::function`) that passes on the
lesson as it is and must fail on the changed one, by a value that is wrong and not by a crash. `test_mutations.py`
runs them all. They are the mistakes one makes: a forgotten root, a transposed pair, a mask the wrong way round.
"""

from typing import NamedTuple


class Mutation(NamedTuple):
    """One fault. `lesson` is the module below `kbtool.concepts`."""

    lesson: str
    old: str
    new: str
    noticed_by: str


MUTATIONS = (
    # merges, pieces, bpe
    Mutation("merges", "Counter(pairwise(ids))", "Counter(pairwise(ids[:-1]))", "bpe::count_pairs_counts_overlaps"),
    Mutation(
        "merges",
        "ids[i + 1] == pair[1]",
        "ids[i + 1] == pair[0]",
        "bpe::apply_merge_goes_from_left_to_right_without_overlap",
    ),
    Mutation("merges", "i += 2", "i += 1", "bpe::apply_merge_goes_from_left_to_right_without_overlap"),
    Mutation(
        "merges",
        "key=lambda pair: (-counts[pair], pair)",
        "key=lambda pair: -counts[pair]",
        "bpe::of_pairs_seen_equally_often_the_smallest_merges_first",
    ),
    Mutation(
        "merges",
        "(-n, pair) for pair",
        "(n, pair) for pair",
        "bpe::the_most_frequent_pair_merges_first_whatever_its_size",
    ),
    Mutation("merges", "counts[pair] -= n", "counts[pair] -= 0", "bpe::learning_by_heap_equals_learning_by_recounting"),
    Mutation(
        "merges", "if new_id in pair", "if new_id == pair[0]", "bpe::learning_by_heap_equals_learning_by_recounting"
    ),
    Mutation("merges", "+= n * times", "+= n", "bpe::learning_by_heap_equals_learning_by_recounting"),
    Mutation(
        "pieces",
        "scores[i - 1] = ranks.get(parts[i - 1] + parts[i], UNRANKED)",
        "scores[i - 1] = UNRANKED",
        "bpe::a_piece_by_heap_by_scan_and_by_replaying_the_merges_has_the_same_ids",
    ),
    Mutation(
        "pieces",
        "chain(candidate(before[i]), candidate(i))",
        "candidate(i)",
        "bpe::a_piece_by_heap_by_scan_and_by_replaying_the_merges_has_the_same_ids",
    ),
    Mutation("pieces", "if whole is not None", "if not whole", "bpe::pieces_are_worked_out_when_first_seen"),
    Mutation("bpe", "[self.special[part]]", "[max(self.special.values())]", "bpe::special_tokens_need_leave"),
    Mutation("pretokens", "reverse=True", "reverse=False", "pretokens::a_text_is_parted_at_the_longest_name"),
    Mutation("pretokens", r"| ?\p{N}+", "", "pretokens::pieces_by_hand"),
    Mutation("pretokens", "(pattern or WHOLE_TEXT, text)", "(WHOLE_TEXT, text)", "pretokens::pieces_by_hand"),
    Mutation(
        "pretokens",
        "return {piece.encode(): n for",
        "return {piece.encode(): 1 for",
        "pretokens::pieces_are_counted_as_bytes",
    ),
    Mutation(
        "pretokens",
        '"utf-16", "replace"',
        '"utf-16", "ignore"',
        "pretokens::halves_of_characters_are_joined_or_replaced",
    ),
    Mutation(
        "pieces", "yield parts[0], parts[1]", "yield parts[1], parts[0]", "bpe::merges_are_read_back_from_ranks_by_hand"
    ),
    Mutation("bpe", "- len(special)\n", "\n", "bpe::the_vocabulary_has_the_size_asked_for_or_what_the_text_gives"),
    Mutation(
        "bpe",
        'decode(errors="replace")',
        'decode(errors="ignore")',
        "bpe::half_a_character_decodes_to_the_replacement_sign_but_exactly_as_bytes",
    ),
    Mutation(
        "bpe",
        "Tokenizer(ranks, pattern,",
        "Tokenizer(ranks, GPT2_PATTERN,",
        "bpe::without_a_pattern_merges_cross_words",
    ),
    # gpt2, window
    Mutation("gpt2", "{END_OF_TEXT: N_RANKS}", "{END_OF_TEXT: N_RANKS + 1}", "gpt2::known_ids"),
    Mutation("gpt2", "digest != PACKED_SHA256", "False", "gpt2::a_file_with_other_content_is_noticed"),
    Mutation(
        "gpt2",
        "enumerate(pairwise(bounds))",
        "enumerate(pairwise(bounds), start=1)",
        "gpt2::unpack_needs_lengths_that_add_up",
    ),
    Mutation("gpt2", "int(written)", "int(written) + 1", "gpt2::load_ranks_reads_what_tiktoken_writes"),
    Mutation(
        "window", "row[shift:]\n", "row[: len(row) - shift]\n", "window::each_target_is_the_successor_of_its_input"
    ),
    Mutation(
        "window",
        "row[start + shift : start + length + shift]",
        "row[start : start + length]",
        "window::the_views_equal_the_slices",
    ),
    Mutation(
        "window",
        "shuffle=generator is not None",
        "shuffle=False",
        "window::a_generator_shuffles_and_the_same_seed_shuffles_alike",
    ),
    # embedding, softmax, toy
    Mutation(
        "embedding",
        "nn.functional.embedding(ids, weight)",
        "nn.functional.embedding(ids, weight.flip(0))",
        "embedding::the_table_of_seed_123",
    ),
    Mutation("embedding", "ids.unsqueeze(-1) ==", "ids.unsqueeze(-1) >=", "embedding::one_hot_by_hand"),
    Mutation(
        "embedding",
        "one_hot(ids, len(weight), weight.dtype) @ weight",
        "one_hot(ids, len(weight), weight.dtype).flip(-1) @ weight",
        "embedding::the_gradient_reaches_only_used_rows_and_adds_up_for_repeats",
    ),
    Mutation(
        "similarity",
        "(_direction(a) * _direction(b))",
        "(_direction(a) * b)",
        "embedding::cosine_equals_torch_s_and_forgets_lengths",
    ),
    Mutation(
        "similarity",
        "key=lambda i: -scores[i]",
        "key=lambda i: scores[i]",
        "embedding::the_neighbours_of_the_toy_vectors",
    ),
    Mutation(
        "embedding",
        "generator=generator) * std",
        "generator=generator)",
        "embedding::the_layer_is_torch_s_with_small_weights",
    ),
    Mutation(
        "softmax",
        "(scores - scores.amax(dim, keepdim=True)).exp()",
        "scores.exp()",
        "softmax::large_scores_do_not_overflow",
    ),
    Mutation(
        "softmax",
        "weights.sum(dim, keepdim=True)).to(x.dtype)",
        "weights.sum(-1, keepdim=True)).to(x.dtype)",
        "softmax::any_axis",
    ),
    Mutation(
        "softmax",
        "return wide / temperature",
        "return wide * temperature",
        "softmax::temperature_sharpens_and_flattens",
    ),
    Mutation(
        "softmax", "(x / temperature).exp()", "(x / temperature).exp2()", "softmax::equal_to_the_formula_and_to_torch"
    ),
    Mutation(
        "softmax",
        "shifted.exp().sum(dim, keepdim=True).log()",
        "shifted.exp().sum(dim, keepdim=True)",
        "softmax::equal_to_the_formula_and_to_torch",
    ),
    Mutation(
        "toy",
        "for number in VECTORS[name]]",
        "for number in VECTORS[name][::-1]]",
        "toy::the_products_and_f1",
    ),
    Mutation("toy", "return x * w", "return x * w.flip(0)", "toy::the_products_and_f1"),
    Mutation(
        "toy",
        "dtype=torch.float64) * _numbers(w)",
        "dtype=torch.float64) + _numbers(w)",
        "toy::f2_is_proportional_to_f1",
    ),
    Mutation("toy", "products(x, w).sum()", "products(x, w).mean()", "toy::the_products_and_f1"),
    Mutation("toy", "0.5, 1.5, 1.0, 0.5, 1.5)", "0.5, 1.5, 1.0, 0.5, 1.0)", "toy::the_products_and_f1"),
    Mutation("toy", "(2.5, 0.7, 2.0, 0.2, 0.5)", "(2.5, 0.7, 2.0, 0.2, 0.6)", "toy::the_five_probabilities"),
    Mutation("toy", "return s / s.sum()", "return s / s.max()", "toy::plain_division_gives_others_in_the_same_order"),
    Mutation("toy", "_numbers(scores).exp()", "_numbers(scores).exp2()", "toy::the_five_probabilities"),
    Mutation(
        "toy",
        "torch.multinomial(_numbers(probabilities)",
        "torch.multinomial(_numbers(probabilities) * 0 + 1",
        "toy::a_thousand_draws_favour_azul_and_frio",
    ),
    # positions
    Mutation(
        "positions.sinusoids",
        "torch.stack((angles.sin(), angles.cos())",
        "torch.stack((angles.cos(), angles.sin())",
        "positions::sinusoids_by_hand",
    ),
    Mutation(
        "positions.sinusoids",
        "dtype=torch.float64) / dim)",
        "dtype=torch.float64) / (dim + 2))",
        "positions::sinusoids_by_hand",
    ),
    Mutation("positions.sinusoids", "(2 * i / dim)", "(i / dim)", "positions::sinusoids_equal_the_formula"),
    Mutation(
        "positions.sinusoids",
        "= angles.sin(), -angles.sin()",
        "= -angles.sin(), angles.sin()",
        "positions::moving_by_k_is_one_rotation_wherever_one_stands",
    ),
    Mutation(
        "positions.learned",
        "self.weight[start:stop]",
        "self.weight[: stop - start]",
        "positions::learned_positions_are_added_from_where_the_text_starts",
    ),
    Mutation("positions.rotary", "first * cos - second * sin", "first * cos + second * sin", "positions::rope_by_hand"),
    Mutation(
        "positions.rotary",
        "x[..., :half], x[..., half:]",
        "x[..., 0::2], x[..., 1::2]",
        "positions::rope_equals_the_matrix",
    ),
    Mutation(
        "positions.rotary",
        "angles.cos().to(x.device, wide), angles.sin()",
        "angles.cos().to(x.device, wide), angles.sin().abs()",
        "positions::the_score_of_two_tokens_depends_on_their_distance_alone",
    ),
    Mutation(
        "positions.rotary",
        "base=base, convention=convention) @ row",
        "base=base) @ row",
        "positions::rope_equals_the_matrix",
    ),
    Mutation(
        "positions.rotary",
        "-angle.sin(), angle.sin()",
        "angle.sin(), -angle.sin()",
        "positions::rope_equals_the_matrix",
    ),
    Mutation(
        "positions.rotary",
        "wide = torch.promote_types(x.dtype, torch.float32)\n    return angles",
        "wide = x.dtype\n    angles = positions.to(wide)[..., None] * frequencies(x.shape[-1])\n    return angles",
        "positions::the_score_of_two_tokens_depends_on_their_distance_alone_in_bfloat16_too",
    ),
    Mutation(
        "positions.rotary_decay",
        "_scale(k, -positions, scale_base)",
        "_scale(k, positions, scale_base)",
        "positions::xpos_scores_depend_on_the_distance_alone",
    ),
    Mutation(
        "positions.rotary_decay", "GAMMA = 0.4", "GAMMA = 0.5", "positions::xpos_decays_with_distance_by_the_formula"
    ),
    Mutation("positions.alibi", "-8.0 * h / n", "-8.0 * (h - 1) / n", "positions::the_slopes_of_the_paper"),
    Mutation(
        "positions.alibi", "[0::2][: heads - power]", "[1::2][: heads - power]", "positions::the_slopes_of_the_paper"
    ),
    Mutation(
        "positions.alibi",
        "return -alibi_slopes",
        "return alibi_slopes",
        "positions::the_penalty_grows_with_distance_at_the_head_s_slope",
    ),
    Mutation(
        "positions.t5_bias",
        "distance < exact, distance",
        "distance <= exact, distance - 1",
        "positions::the_buckets_of_t5_by_hand",
    ),
    Mutation(
        "positions.t5_bias", "side * (relative > 0)", "side * (relative < 0)", "positions::the_buckets_of_t5_by_hand"
    ),
    Mutation("positions.t5_bias", "max(-relative, 0)", "max(relative, 0)", "positions::buckets_equal_the_naive_path"),
    Mutation(
        "positions.t5_bias",
        "key - query[:, None]",
        "query[:, None] - key",
        "positions::t5_s_bias_is_a_number_for_each_bucket_and_head",
    ),
    Mutation(
        "positions.transformer_xl",
        "torch.cat((zeros, scores), dim=-1)",
        "torch.cat((scores, zeros), dim=-1)",
        "positions::the_shift_by_hand",
    ),
    Mutation("positions.transformer_xl", ".tril(S - T)", "", "positions::the_shift_equals_the_gather"),
    Mutation(
        "positions.transformer_xl",
        "scores[..., i, S - 1 - distance]",
        "scores[..., i, distance]",
        "positions::the_shift_equals_the_gather",
    ),
    Mutation(
        "positions.transformer_xl",
        "(q + v) @ r",
        "(q + u) @ r",
        "positions::transformer_xl_s_scores_equal_the_sum_over_pairs",
    ),
    Mutation("positions.relative", "torch.arange(S - T, S)", "torch.arange(T)", "relative::distances_by_hand"),
    Mutation(
        "positions.relative",
        '"...td,tsd->...ts", q, vectors',
        '"...td,tsd->...ts", q, vectors.flip(1)',
        "relative::scores_equal_the_sum_over_pairs",
    ),
    Mutation(
        "positions.relative",
        "q @ table.transpose(0, 1)",
        "q @ table.flip(0).transpose(0, 1)",
        "relative::scores_equal_the_sum_over_pairs",
    ),
    # attention, masks, online softmax
    Mutation("attention", "1 / math.sqrt(q.shape[-1])", "1 / q.shape[-1]", "attention::by_hand"),
    Mutation(
        "attention",
        "scale=scale)  # skips the hidden half",
        ")  # skips the hidden half",
        "attention::the_scale_given_holds_under_the_causal_mask_too",
    ),
    Mutation("attention", ".softmax(-1)", ".softmax(-2)", "attention::weights_add_up_to_one_and_make_the_output"),
    Mutation(
        "attention",
        "masked_fill(~allowed.to(q.device), -math.inf)\n    weights",
        "masked_fill(allowed.to(q.device), -math.inf)\n    weights",
        "attention::padding_is_as_if_it_were_not_there",
    ),
    Mutation(
        "attention", "scores = scores + bias", "scores = scores - bias", "attention::an_additive_bias_moves_the_weights"
    ),
    Mutation(
        "masks",
        "past if allowed is None else allowed & past.to(allowed.device)",
        "past",
        "attention::a_mask_is_taken_apart_into_what_hides_and_what_is_added",
    ),
    Mutation(
        "attention",
        "return (*batch, q.shape[-2], k.shape[-2])",
        "return (*q.shape[:-2], q.shape[-2], k.shape[-2])",
        "attention::the_shape_of_scores_is_that_of_all_three_broadcast",
    ),
    Mutation(
        "attention",
        "return scores.masked_fill(empty, 0.0).softmax(-1).masked_fill(empty, 0.0)",
        "return scores.masked_fill(empty, 0.0).softmax(-1)",
        "attention::a_fully_masked_query_gets_zeros_and_zero_gradients",
    ),
    Mutation(
        "attention", "q.shape[-2] == k.shape[-2]:\n", "True:\n", "attention::fewer_queries_than_keys_are_the_last_ones"
    ),
    Mutation("masks", "torch.bool).tril(S - T)", "torch.bool).tril()", "attention::the_masks_by_hand"),
    Mutation("masks", "torch.bool).tril(S - T)", "torch.bool).tril(S - T + 1)", "attention::the_masks_by_hand"),
    Mutation("masks", ") < lengths", ") <= lengths", "attention::the_masks_by_hand"),
    Mutation("masks", "triu(1 - width)", "triu(-width)", "attention::the_masks_by_hand"),
    Mutation(
        "online_softmax",
        "self.weighted / torch",
        "self.weighted * torch",
        "online_softmax::attention_by_blocks_is_attention",
    ),
    Mutation(
        "online_softmax",
        "a.total * scale_a + b.total * scale_b",
        "a.total + b.total",
        "online_softmax::merging_the_summaries_of_blocks_gives_the_softmax_of_the_whole",
    ),
    Mutation(
        "online_softmax",
        "torch.maximum(a.largest, b.largest)",
        "a.largest",
        "online_softmax::scores_far_apart_neither_overflow_nor_vanish",
    ),
    Mutation(
        "online_softmax",
        "(scores - _finite(largest)).exp()",
        "scores.exp()",
        "online_softmax::merging_the_summaries_of_blocks_gives_the_softmax_of_the_whole",
    ),
    Mutation(
        "online_softmax",
        "~past[:, start : start + block]",
        "~past[:, : scores.shape[-1]]",
        "online_softmax::attention_by_blocks_is_attention",
    ),
    # multihead, cache, recurrent
    Mutation(
        "heads",
        "x.view(*x.shape[:-1], heads, x.shape[-1] // heads).transpose(-3, -2)",
        "x.view(*x.shape[:-1], x.shape[-1] // heads, heads).permute(0, 3, 1, 2)",
        "multihead::heads_are_split_and_joined_in_order",
    ),
    Mutation(
        "heads",
        "x.transpose(-3, -2).flatten(-2)",
        "x.permute(0, 2, 3, 1).flatten(-2)",
        "multihead::heads_are_split_and_joined_in_order",
    ),
    Mutation(
        "multihead",
        "split_heads(self.key(source)",
        "split_heads(self.value(source)",
        "multihead::attention_to_another_text",
    ),
    Mutation(
        "multihead",
        "causal=causal)\n        mixed",
        "causal=True)\n        mixed",
        "multihead::attention_to_another_text",
    ),
    Mutation(
        "multihead",
        "return mask[:, None] if",
        "return ~mask[:, None] if",
        "multihead::equal_to_torch_s_under_masks",
    ),
    Mutation(
        "kv_cache",
        "self._length : stop, :] = new",
        "0 : stop - self._length, :] = new",
        "multihead::a_cache_keeps_what_it_is_given_in_order",
    ),
    Mutation(
        "kv_cache",
        '("v", self._values, v)',
        '("v", self._values, k)',
        "multihead::a_cache_keeps_what_it_is_given_in_order",
    ),
    Mutation("recurrent", "inputs[:, t] + state @ w_h", "inputs[:, t] + state @ w_h.T", "recurrent::equal_to_torch_s"),
    # norms, layers, transformer, gpt
    Mutation("norms", "wide - wide.mean(-1, keepdim=True)", "wide", "layers::layer_norm_by_hand"),
    Mutation(
        "norms",
        "(centred.square().mean(-1, keepdim=True) + eps).rsqrt()",
        "(centred.square().mean(-1, keepdim=True).sqrt() + eps).reciprocal()",
        "layers::layer_norm_by_hand",
    ),
    Mutation("norms", "(wide.square().mean(-1", "(wide.square().sum(-1", "layers::rms_norm_by_hand"),
    Mutation(
        "norms", "rms_norm(x, self.weight, self.eps)", "rms_norm(x, None, self.eps)", "layers::norms_equal_torch_s"
    ),
    Mutation(
        "norms", "self.weight, self.bias, self.eps)", "self.weight, None, self.eps)", "layers::norms_equal_torch_s"
    ),
    Mutation("activations", "torch.erf(x / math.sqrt(2))", "torch.erf(x)", "layers::activations_equal_torch_s"),
    Mutation("activations", "0.044715", "0.44715", "layers::activations_equal_torch_s"),
    Mutation("activations", "x * torch.sigmoid(x)", "torch.sigmoid(x)", "layers::activations_equal_torch_s"),
    Mutation(
        "layers",
        "activation(x @ w1 + b1) @ w2 + b2",
        "activation(x @ w1) @ w2 + b2",
        "layers::feed_forward_equals_torch_s_linears",
    ),
    Mutation("layers", "4 * d_model if", "d_model if", "layers::feed_forward_treats_each_token_alone"),
    Mutation("layers", "approximate=self.approximate)", ")", "layers::feed_forward_equals_torch_s_linears"),
    Mutation(
        "layers", "silu(self.gate(x)) * self.up(x)", "silu(self.up(x)) * self.gate(x)", "layers::swiglu_by_its_formula"
    ),
    Mutation("layers", "return x + y", "return y", "layers::residual_adds_and_lets_the_gradient_pass"),
    Mutation(
        "transformer",
        "lambda y: self.attention(y, mask=mask)",
        "lambda y: self.attention(y, causal=True)",
        "transformer::the_encoder_reads_in_both_directions",
    ),
    Mutation(
        "transformer",
        "self.attention(y, causal=True, cache=cache)",
        "self.attention(y, cache=cache)",
        "transformer::the_decoder_sees_all_of_the_memory_and_nothing_of_its_own_future",
    ),
    Mutation(
        "transformer",
        "self.cross_attention(y, memory, mask",
        "self.cross_attention(y, memory, causal=True, mask",
        "transformer::the_decoder_sees_all_of_the_memory_and_nothing_of_its_own_future",
    ),
    Mutation(
        "gpt", "causal=True, cache=cache", "cache=cache", "gpt::a_later_token_changes_no_bit_of_an_earlier_prediction"
    ),
    Mutation(
        "gpt",
        "self.feed_forward(self.norm2(x))",
        "self.feed_forward(self.norm1(x + 1) * 2)",
        "gpt::a_block_is_two_residual_branches_each_reading_a_normalised_x",
    ),
    Mutation(
        "gpt", "start=len(caches[0]) if caches else 0", "start=0", "gpt::with_caches_piece_by_piece_is_as_all_at_once"
    ),
    Mutation(
        "gpt", "linear(self.norm(x)", "linear(x", "gpt::logits_are_the_final_state_against_every_token_s_own_vector"
    ),
    Mutation(
        "gpt",
        "0.02 / math.sqrt(2 * config.n_layers)",
        "0.02",
        "gpt::the_first_weights_are_those_of_gpt_2_and_of_the_seed",
    ),
    Mutation(
        "gpt",
        "self(new, caches)[:, -1]",
        "self(new, caches)[:, 0]",
        "gpt::greedy_generation_takes_the_likeliest_each_time",
    ),
    Mutation("gpt_sizes", "13 * C", "12 * C", "gpt::the_sizes_of_gpt_2_have_the_weights_one_counts"),
    Mutation(
        "encoder_decoder",
        "for block in self.blocks:",
        "for block in self.blocks[::-1]:",
        "encoder_decoder::equal_to_torch_s_with_the_norm_before",
    ),
    Mutation(
        "encoder_decoder",
        "memory_mask=memory_mask, cache",
        "cache",
        "encoder_decoder::padding_of_the_text_that_is_read_is_as_if_it_were_not_there",
    ),
    Mutation(
        "encoder_decoder",
        "self.encoder(x, mask=mask)",
        "self.encoder(x)",
        "encoder_decoder::equal_to_torch_s_with_the_norm_after",
    ),
    Mutation(
        "encoder_decoder",
        'LayerNorm(d_model) if norm == "pre" else nn.Identity()',
        "LayerNorm(d_model)",
        "encoder_decoder::equal_to_torch_s_with_the_norm_after",
    ),
    # training, schedules, sampling
    Mutation(
        "schedules",
        "step / math.sqrt(warmup) ** 3",
        "step / math.sqrt(warmup)",
        "training::the_first_transformer_s_schedule_peaks_at_the_end_of_the_warm_up",
    ),
    Mutation("training", "label_smoothing=smoothing", "", "training::smoothed_targets_equal_torch_s"),
    Mutation("training", "smoothing * surprises.mean(-1)", "smoothing", "training::smoothed_targets_equal_torch_s"),
    Mutation("sampling", "beyond[..., :1] = False", "pass", "sampling::top_p_at_its_borders_and_among_equals"),
    Mutation(
        "training", "-log_softmax(rows)[counted]", "log_softmax(rows)[counted]", "training::cross_entropy_by_hand"
    ),
    Mutation("training", "ignore_index=IGNORED,", "ignore_index=0,", "training::cross_entropy_by_hand"),
    Mutation("adamw", "(1 - b1**step)", "1", "training::adamw_equals_torch_s_over_many_steps"),
    Mutation("adamw", "weight * (1 - lr * weight_decay)", "weight", "training::adamw_s_defaults_are_torch_s"),
    Mutation("adamw", "gradient.square()", "gradient.abs()", "training::adamw_equals_torch_s_over_many_steps"),
    Mutation(
        "schedules", "(step + 1) / warmup", "step / warmup", "training::the_schedule_rises_then_falls_along_a_cosine"
    ),
    Mutation(
        "schedules",
        "math.cos(math.pi * done)",
        "math.cos(2 * math.pi * done)",
        "training::the_schedule_rises_then_falls_along_a_cosine",
    ),
    Mutation("training", ".clamp(max=1.0)", "", "training::clipping_equals_torch_s"),
    Mutation(
        "sampling",
        "logits.scatter(-1, order[..., k:], -math.inf)",
        "logits.scatter(-1, order[..., :k], -math.inf)",
        "sampling::top_k_keeps_the_k_largest",
    ),
    Mutation("sampling", "- sorted_p  # what", "  # what", "sampling::top_p_keeps_the_fewest_that_reach_p"),
    Mutation(
        "sampling", "logits = logits / temperature\n", "", "sampling::the_distribution_is_temperature_then_k_then_p"
    ),
    Mutation(
        "sampling",
        "rows.float().cpu(), 1",
        "rows.float().cpu().sqrt(), 1",
        "sampling::a_hundred_thousand_draws_follow_the_distribution",
    ),
    Mutation("contrastive", "cosine(a[:, None], b)", "a @ b.T", "contrastive::similarities_are_cosines"),
    # corpus
    Mutation("corpus", r"| ^ [> ]* \$\$ .*? \$\$ [^\n]* $", "", "corpus::what_is_left_of_a_note"),
    Mutation("corpus", '[^$]+\\$"), _HOLE', '[^$]+\\$"), ""', "corpus::what_is_left_of_a_note"),
    Mutation(
        "corpus",
        "if part and _HOLE not in part",
        "if part",
        "corpus::a_sentence_with_a_hole_goes_and_those_beside_it_stay",
    ),
    Mutation(
        "corpus", "_BETWEEN_NOTES.join", '"\\n".join', "corpus::notes_are_parted_by_an_empty_line_and_can_be_had_apart"
    ),
    Mutation(
        "corpus",
        'normalize("NFC", _BETWEEN',
        'normalize("NFD", _BETWEEN',
        "corpus::letters_with_accents_are_single_characters",
    ),
    Mutation(
        "corpus",
        "sorted(paths)]",
        "sorted(paths, reverse=True)]",
        "corpus::the_file_holds_the_notes_by_path_whatever_order_the_folder_has",
    ),
    # autograd, network, contrastive
    Mutation(
        "autograd",
        "((self, other.data), (other, self.data))",
        "((self, self.data), (other, other.data))",
        "autograd::each_factor_s_gradient_is_the_other",
    ),
    Mutation(
        "autograd", "value.grad += gradient", "value.grad = gradient", "autograd::gradients_of_several_results_add_up"
    ),
    Mutation(
        "autograd",
        "flowing.get(id(parent), 0.0) + gradient",
        "gradient",
        "autograd::a_value_used_twice_gets_both_gradients",
    ),
    Mutation(
        "autograd", "(self, 1 - y * y)", "(self, 1 - y)", "autograd::a_tangle_of_every_operation_has_torch_s_gradients"
    ),
    Mutation("network", "(1 - h.square())", "h", "network::gradients_by_hand_equal_autograd_s"),
    Mutation("network", "w - lr * g", "w + lr * g", "network::one_step_is_the_weight_less_the_rate_times_the_gradient"),
    Mutation("network", "torch.tanh(x @ w1 + b1)", "(x @ w1 + b1)", "network::forward_equals_torch_s_linears"),
    Mutation("network", "/ n_inputs**0.5", "", "network::the_first_weights_follow_the_seed_and_the_number_of_inputs"),
    Mutation(
        "contrastive",
        "cross_entropy(logits.T, own)",
        "cross_entropy(logits, own)",
        "contrastive::the_loss_by_its_formula",
    ),
    Mutation("contrastive", "/ temperature", "* temperature", "contrastive::the_loss_by_its_formula"),
    Mutation(
        "contrastive",
        "for other in others.values()]).mean()",
        "for other in others.values()]).sum()",
        "contrastive::several_modalities_meet_at_their_anchor",
    ),
    Mutation("contrastive", "argmax(1)", "argmin(1)", "contrastive::retrieval_counts_the_nearest_with_the_right_label"),
)
