package io.fadvised.doctor;

import io.avaje.jsonb.Json;

/**
 * A file that is cached twice without a loop device. fadvised only names it.
 *
 * @param kind {@code image}, {@code export} or {@code erofs}
 * @param path of the file in the mount namespace of its user, as text to print
 * @param use such as {@code open by qemu-system-x86_64 (pid 812)}
 * @param advice who has the other copy, and what avoids one of them
 */
@Json
public record OtherCache(String kind, String path, String use, String advice) {}
