/** Listens to the engine and shows over JMX what it did; takes an operator's orders. */
@NullMarked
package io.fadvised.metrics;

import org.jspecify.annotations.NullMarked;
