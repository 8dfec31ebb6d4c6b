/** {@code fadvised demo}: creates double caching and evicts it with the engine of the daemon. */
@NullMarked
package io.fadvised.cli.demo;

import org.jspecify.annotations.NullMarked;
