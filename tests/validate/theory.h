// SPDX-License-Identifier: Apache-2.0
// Closed forms of queues with K places, computed from their Markov chains. Times are in mean service times,
// rho is the load of all servers together (arrival rate over c times the service rate).
// Source: Gross, Shortle, Thompson, Harris: "Fundamentals of Queueing Theory", 4th ed., 2008, 2.5 and 5.1.
#ifndef TEST_VALIDATE_THEORY_H
#define TEST_VALIDATE_THEORY_H

#include <math.h>

enum { PLACES_MAX = 128 };

struct theory {
    double blocked; // share of arrivals that find no place
    double number;  // L: mean number inside, over time
    double time;    // W: mean time inside of those that get in
};

// From the shares of time p[0..places] with so many inside.
static inline struct theory of_shares(const double *p, unsigned places, double rate)
{
    struct theory t = {.blocked = p[places]};
    for (unsigned n = 1; n <= places; n++)
        t.number += n * p[n];
    t.time = t.number / (rate * (1 - t.blocked));
    return t;
}

// M/M/c/K: p[n] from p[n-1] by the balance of going up and coming down.
static inline struct theory mmck(double rho, unsigned c, unsigned places)
{
    double p[PLACES_MAX + 1] = {1}, sum = 1, rate = rho * c;
    for (unsigned n = 1; n <= places; n++)
        sum += p[n] = p[n - 1] * rate / (n < c ? n : c);
    for (unsigned n = 0; n <= places; n++)
        p[n] /= sum;
    return of_shares(p, places, rate);
}

// M/D/1/K: the chain of what a departure leaves behind (0..K-1), whose steps up are Poisson(rho) arrivals in
// one service; then, over time, p[n] = d[n] / (d[0] + rho) for n < K.
static inline struct theory md1k(double rho, unsigned places)
{
    double a[PLACES_MAX], d[PLACES_MAX] = {1}, p[PLACES_MAX + 1], sum = 1, left = 1;
    a[0] = exp(-rho);
    for (unsigned j = 1; j < places; j++)
        a[j] = a[j - 1] * rho / j;
    for (unsigned j = 0; j + 1 < places; j++) {
        double into = d[0] * a[j];
        for (unsigned i = 1; i <= j; i++)
            into += d[i] * a[j - i + 1];
        sum += d[j + 1] = (d[j] - into) / a[0];
    }
    for (unsigned n = 0; n < places; n++)
        left -= p[n] = d[n] / (d[0] + rho * sum);
    p[places] = left;
    return of_shares(p, places, rho);
}

#endif
