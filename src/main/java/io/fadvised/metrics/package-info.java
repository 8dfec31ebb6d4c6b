/** Exports metrics of the engine and the operator's orders over JMX. */
@NullMarked
package io.fadvised.metrics;

import org.jspecify.annotations.NullMarked;
