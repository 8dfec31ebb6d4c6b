/**
 * The kernel, as typed calls: the only package that knows JNA. C names stay inside; what comes out
 * are values and {@link io.fadvised.linux.KernelException}s that can be read by a person.
 */
@NullMarked
package io.fadvised.linux;

import org.jspecify.annotations.NullMarked;
