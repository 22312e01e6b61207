// SPDX-License-Identifier: Apache-2.0
#include "figure/style.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum hue { BLUE, VERMILLION, ORANGE, GREEN, PURPLE, SKY, YELLOW, GREY, HUES };
enum tone { PLAIN, DARK, LIGHT, TONES };

// Yellow as it is cannot be seen on white: its plain tone is a darker one.
static const uint32_t hues[HUES] = {0x0072b2, 0xd55e00, 0xe69f00, 0x009e73,
                                    0xcc79a7, 0x56b4e9, 0xb5a800, 0x767676};

// Every strategy of `weir list strategies`; a test compares. Those of one place are told apart by hue first.
static const struct {
    const char *name;
    enum hue hue;
    enum tone tone;
} strategies[] = {
    // the door
    {"block", BLUE, PLAIN},
    {"block_timeout", SKY, DARK},
    {"drop_newest", VERMILLION, PLAIN},
    {"drop_oldest", ORANGE, PLAIN},
    {"reject", GREEN, PLAIN},
    {"priority", PURPLE, PLAIN},
    {"watermark", SKY, PLAIN},
    {"token_bucket", YELLOW, PLAIN},
    {"sample", VERMILLION, DARK},
    {"sync_fallback", GREY, PLAIN},
    {"spill", PURPLE, DARK},
    // the queue
    {"fifo", BLUE, LIGHT},
    {"ttl", ORANGE, DARK},
    {"codel", GREEN, DARK},
    {"pie", PURPLE, LIGHT},
    {"fq_codel", YELLOW, DARK},
    {"adaptive_lifo", BLUE, DARK},
    // the producer
    {"slowdown", GREEN, LIGHT},
    {"aimd", VERMILLION, LIGHT},
    {"gradient2", SKY, LIGHT},
    {"vegas", ORANGE, LIGHT},
    {"arc", GREY, DARK},
    {"credit", YELLOW, LIGHT},
    // elsewhere: a figure of edges never has them
    {"fail_open", GREY, PLAIN},
    {"autoscale", GREY, PLAIN},
    {"retry", GREY, PLAIN},
    {"breaker", GREY, PLAIN},
};

// Every built-in queue, then every peer, in the order of their lists; a test compares.
static const struct {
    const char *name;
    struct queue_style style;
} queues[] = {
    {"mutex", {"solid", "circle"}},
    {"channel", {"dash", "square"}},
    {"unbounded", {"longdashdot", "pentagon"}},
    {"spsc", {"dot", "triangle"}},
    {"mpmc", {"longdash", "diamond"}},
    {"disruptor", {"dashdot", "down"}},
    {"null", {"dashdotdot", "plus"}},
    {"ck_ring", {"dash", "open_circle"}},
    {"ck_ring_mp", {"longdash", "open_circle"}},
    {"rte_ring", {"dash", "open_square"}},
    {"rte_ring_mp", {"longdash", "open_square"}},
    {"urcu_wfcq", {"dashdot", "open_triangle"}},
    {"moodycamel", {"longdash", "open_diamond"}},
    {"moodycamel_rw", {"dash", "open_diamond"}},
    {"boost_spsc", {"dash", "open_down"}},
    {"boost_mpmc", {"longdash", "open_down"}},
    {"tbb_bounded", {"dashdot", "open_pentagon"}},
    {"gasyncqueue", {"dashdot", "open_circle"}},
    {"lmax", {"dashdotdot", "cross"}},
    {"pipe", {"dot", "star"}},
    {"socketpair", {"dashdotdot", "star"}},
};

static const char *const dashes[] = {"solid",    "dash",       "dot",        "dashdot",
                                     "longdash", "dashdotdot", "longdashdot"};
static const char *const markers[] = {"circle",    "square",       "triangle",     "down",
                                      "diamond",   "pentagon",     "plus",         "cross",
                                      "star",      "open_circle",  "open_square",  "open_triangle",
                                      "open_down", "open_diamond", "open_pentagon"};

// The reasons that no strategy of that name stands behind.
static const struct {
    const char *name;
    enum hue hue;
    enum tone tone;
} reasons[] = {
    {"timeout", SKY, DARK},          {"aqm", GREEN, DARK},          {"expired", ORANGE, DARK},
    {"rate_limited", YELLOW, PLAIN}, {"sampled", VERMILLION, DARK}, {"retry_exhausted", BLUE, DARK},
    {"sink_error", GREY, DARK},      {"oversize", GREY, LIGHT},     {"shutdown", BLUE, LIGHT},
    {"crash", GREY, PLAIN},          {"kernel", PURPLE, LIGHT},     {"refused_final", GREEN, PLAIN},
    {"unsent", SKY, LIGHT},          {"in_flight", BLUE, LIGHT},    {"spilled", PURPLE, DARK},
};

// ---- colours as numbers ----
struct rgb {
    double part[3]; // 0..1
};

static struct rgb rgb_of(uint32_t colour)
{
    return (struct rgb){{(colour >> 16 & 255) / 255.0, (colour >> 8 & 255) / 255.0, (colour & 255) / 255.0}};
}

static void put(struct rgb c, char colour[STYLE_COLOUR_SIZE])
{
    unsigned part[3];
    for (int i = 0; i < 3; i++)
        part[i] = c.part[i] <= 0 ? 0 : c.part[i] >= 1 ? 255 : (unsigned)(c.part[i] * 255 + 0.5);
    snprintf(colour, STYLE_COLOUR_SIZE, "#%02x%02x%02x", part[0] & 255, part[1] & 255, part[2] & 255);
}

static struct rgb mix(struct rgb a, struct rgb b, double share_of_b)
{
    for (int i = 0; i < 3; i++)
        a.part[i] += (b.part[i] - a.part[i]) * share_of_b;
    return a;
}

static const struct rgb black, white = {{1, 1, 1}};

static struct rgb toned(enum hue hue, enum tone tone)
{
    struct rgb c = rgb_of(hues[hue]);
    return tone == PLAIN ? c : tone == DARK ? mix(c, black, 0.45) : mix(c, white, 0.42);
}

static struct rgb parse(const char *colour)
{
    return rgb_of(*colour == '#' ? (uint32_t)strtoul(colour + 1, NULL, 16) : 0);
}

// Relative luminance of WCAG 2.
static double luminance(struct rgb c)
{
    static const double weights[3] = {0.2126, 0.7152, 0.0722};
    double sum = 0;
    for (int i = 0; i < 3; i++)
        sum +=
            weights[i] * (c.part[i] <= 0.04045 ? c.part[i] / 12.92 : pow((c.part[i] + 0.055) / 1.055, 2.4));
    return sum;
}

void style_text_colour(const char *colour, char text[STYLE_COLOUR_SIZE])
{
    struct rgb c = parse(colour);
    while (1.05 / (luminance(c) + 0.05) < 4.5)
        c = mix(c, black, 0.04);
    put(c, text);
}

void style_tint(const char *colour, double share, char tint[STYLE_COLOUR_SIZE])
{
    put(mix(white, parse(colour), share), tint);
}

// ---- strategies ----
static size_t find_strategy(const char *name, size_t length)
{
    size_t i = 0;
    for (; i < sizeof strategies / sizeof *strategies; i++)
        if (strlen(strategies[i].name) == length && strncmp(strategies[i].name, name, length) == 0)
            break;
    return i;
}

static bool is_default(const char *name)
{
    return strcmp(name, "block") == 0 || strcmp(name, "fifo") == 0;
}

static uint32_t hash(const char *text)
{
    uint32_t h = 2166136261u; // FNV-1a
    for (; *text; text++)
        h = (h ^ (unsigned char)*text) * 16777619u;
    return h;
}

void style_strategy_colour(const char *strategy, char colour[STYLE_COLOUR_SIZE])
{
    static const char word[] = "abcdefghijklmnopqrstuvwxyz_0123456789";
    const size_t none = sizeof strategies / sizeof *strategies;
    size_t found = none;
    for (const char *p = strategy; *p;) {
        size_t length = strspn(p, word), own = find_strategy(p, length);
        if (own < none && (found == none || is_default(strategies[found].name)))
            found = own;
        p += length;
        p += strcspn(p, word);
    }
    if (found == none) {
        snprintf(colour, STYLE_COLOUR_SIZE, "#000000");
        return;
    }
    struct rgb c = toned(strategies[found].hue, strategies[found].tone);
    if (strcmp(strategies[found].name, strategy) != 0) { // not that alone: one of six tones near its own
        double by = 0.12 * (1 + hash(strategy) % 3);
        c = mix(c, hash(strategy) / 3 % 2 ? white : black, by);
    }
    put(c, colour);
}

void style_reason_colour(const char *reason, char colour[STYLE_COLOUR_SIZE])
{
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
        if (strcmp(reasons[i].name, reason) == 0) {
            put(toned(reasons[i].hue, reasons[i].tone), colour);
            return;
        }
    style_strategy_colour(reason, colour);
}

// ---- queues ----
struct queue_style style_queue(const char *queue)
{
    for (size_t i = 0; i < sizeof queues / sizeof *queues; i++)
        if (strcmp(queues[i].name, queue) == 0)
            return queues[i].style;
    return (struct queue_style){dashes[hash(queue) % 7], "cross"};
}

// ---- the tables ----
const char *style_strategy_at(size_t i)
{
    return i < sizeof strategies / sizeof *strategies ? strategies[i].name : NULL;
}

const char *style_queue_at(size_t i)
{
    return i < sizeof queues / sizeof *queues ? queues[i].name : NULL;
}

const char *style_dash_at(size_t i)
{
    return i < sizeof dashes / sizeof *dashes ? dashes[i] : NULL;
}

const char *style_marker_at(size_t i)
{
    return i < sizeof markers / sizeof *markers ? markers[i] : NULL;
}

const char *style_marker_named(const char *name)
{
    for (size_t i = 0; i < sizeof markers / sizeof *markers; i++)
        if (strcmp(markers[i], name) == 0)
            return markers[i];
    // Those without an inside have no hollow form: they are as they are.
    return strncmp(name, "open_", 5) == 0 ? style_marker_named(name + 5) : markers[0];
}
