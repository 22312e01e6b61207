// SPDX-License-Identifier: Apache-2.0
// The functions of the table in figures.c, a pair a figure: how many pictures, and one of them decided (see
// struct figure).
#ifndef FIGURE_PICTURES_H
#define FIGURE_PICTURES_H

#include "figure/figure.h"

size_t latency_pages(const struct figure_view *v, const char **why);
bool latency_fill(struct sheet *s, const struct figure_view *v, size_t page);

size_t ccdf_pages(const struct figure_view *v, const char **why);
bool ccdf_fill(struct sheet *s, const struct figure_view *v, size_t page);
size_t load_pages(const struct figure_view *v, const char **why);
bool load_fill(struct sheet *s, const struct figure_view *v, size_t page);
size_t loss_pages(const struct figure_view *v, const char **why);
bool loss_fill(struct sheet *s, const struct figure_view *v, size_t page);
size_t pareto_pages(const struct figure_view *v, const char **why);
bool pareto_fill(struct sheet *s, const struct figure_view *v, size_t page);
size_t timeline_pages(const struct figure_view *v, const char **why);
bool timeline_fill(struct sheet *s, const struct figure_view *v, size_t page);
size_t heatmap_pages(const struct figure_view *v, const char **why);
bool heatmap_fill(struct sheet *s, const struct figure_view *v, size_t page);
size_t strips_pages(const struct figure_view *v, const char **why);
bool strips_fill(struct sheet *s, const struct figure_view *v, size_t page);
size_t bars_pages(const struct figure_view *v, const char **why);
bool bars_fill(struct sheet *s, const struct figure_view *v, size_t page);
size_t forest_pages(const struct figure_view *v, const char **why);
bool forest_fill(struct sheet *s, const struct figure_view *v, size_t page);
size_t gate_pages(const struct figure_view *v, const char **why);
bool gate_fill(struct sheet *s, const struct figure_view *v, size_t page);
size_t history_pages(const struct figure_view *v, const char **why);
bool history_fill(struct sheet *s, const struct figure_view *v, size_t page);
size_t regimes_pages(const struct figure_view *v, const char **why);
bool regimes_fill(struct sheet *s, const struct figure_view *v, size_t page);

// ---- parts of them that tests look at ----
struct curve;
// Response time in seconds at each 1 / (1 - p) of the grid, over `population` records of which those in the
// histogram arrived. Ends where fewer than ten of them lie beyond, or (endless) where none arrived.
void latency_curve(const struct hist *h, uint64_t population, const double *x, size_t grid, struct curve *c);

// The share of the histogram's records slower than each x, as long as ten of them are.
void ccdf_curve(const struct hist *h, const double *x, size_t grid, struct curve *c);

#endif
