/** Exports metrics of the engine over JMX and runs an operator's commands. */
@NullMarked
package io.fadvised.metrics;

import org.jspecify.annotations.NullMarked;
