/**
 * Typed system calls, in the only package that uses JNA. C names stay inside; other packages get
 * values and readable {@link io.fadvised.linux.KernelException}s.
 */
@NullMarked
package io.fadvised.linux;

import org.jspecify.annotations.NullMarked;
