/** The pressure on memory: samples of /proc, and events of PSI. */
@NullMarked
package io.fadvised.pressure;

import org.jspecify.annotations.NullMarked;
