/**
 * The examination behind {@code fadvised doctor}: the pressure of a host and the direct I/O of each
 * loop device. It changes nothing.
 */
@NullMarked
package io.fadvised.doctor;

import org.jspecify.annotations.NullMarked;
