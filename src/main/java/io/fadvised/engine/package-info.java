/**
 * The one acting loop: looks at the host, asks the policy, sweeps the devices that are due, and
 * reports. Everything in here but {@link io.fadvised.engine.EngineLoop} runs on one thread.
 */
@NullMarked
package io.fadvised.engine;

import org.jspecify.annotations.NullMarked;
