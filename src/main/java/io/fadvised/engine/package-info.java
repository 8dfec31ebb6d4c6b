/**
 * The engine's loop: discovers devices, polls the host, divides the budget, sweeps the devices that
 * are due, and publishes a snapshot. One thread runs the engine; sweeps run on workers, which get a
 * {@link io.fadvised.engine.SweepJob} and return a {@link io.fadvised.engine.SweepReport}.
 */
@NullMarked
package io.fadvised.engine;

import org.jspecify.annotations.NullMarked;
