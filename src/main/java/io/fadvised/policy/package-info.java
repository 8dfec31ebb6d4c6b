/**
 * The decisions, as pure functions over values: the pressure on memory, the budget, which ranges to
 * evict, and when to measure again. No I/O, no clock, no logger.
 */
@NullMarked
package io.fadvised.policy;

import org.jspecify.annotations.NullMarked;
