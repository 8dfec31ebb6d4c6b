/** What the fuzz tests beside each parser share. See src/docs/fuzzing.md. */
package io.fadvised.fuzz;
