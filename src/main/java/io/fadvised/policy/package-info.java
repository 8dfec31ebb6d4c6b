/**
 * The decisions, as pure functions over values: how hard memory is pressed, how much lower cache is
 * tolerated, what to evict, when to look again. No I/O, no clock, no logger in here.
 */
@NullMarked
package io.fadvised.policy;

import org.jspecify.annotations.NullMarked;
