package io.fadvised.cli;

import io.avaje.jsonb.Json;
import io.fadvised.json.JsonText;
import io.fadvised.pagecache.Region;
import io.fadvised.pagecache.Residency;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The maps of {@code fadvised residency} as JSON, one component for each key.
 *
 * @param schemaVersion see {@link JsonText#SCHEMA_VERSION}
 */
@Json
record ResidencyJson(int schemaVersion, List<MappedTarget> targets) {

  static ResidencyJson of(List<MappedTarget> targets) {
    return new ResidencyJson(JsonText.SCHEMA_VERSION, targets);
  }

  /** One target. Only the error is present if it could not be measured. */
  @Json
  record MappedTarget(
      String target,
      Optional<String> probe,
      OptionalLong sizeBytes,
      OptionalLong residentBytes,
      OptionalLong dirtyBytes,
      OptionalLong writebackBytes,
      List<Cell> cells,
      Optional<String> error) {

    static MappedTarget of(
        String target, String probe, long sizeBytes, Residency total, List<Region> cells) {
      return new MappedTarget(
          target,
          Optional.of(probe),
          OptionalLong.of(sizeBytes),
          OptionalLong.of(total.residentBytes()),
          total.dirtyBytes(),
          total.writebackBytes(),
          cells.stream().map(Cell::of).toList(),
          Optional.empty());
    }

    static MappedTarget failed(String target, String error) {
      return new MappedTarget(
          target,
          Optional.empty(),
          OptionalLong.empty(),
          OptionalLong.empty(),
          OptionalLong.empty(),
          OptionalLong.empty(),
          List.of(),
          Optional.of(error));
    }
  }

  /** A part of the target. */
  @Json
  record Cell(
      long offsetBytes,
      long sizeBytes,
      long residentBytes,
      OptionalLong dirtyBytes,
      OptionalLong writebackBytes) {

    private static Cell of(Region region) {
      Residency residency = region.residency();
      return new Cell(
          region.range().offset(),
          region.range().length(),
          residency.residentBytes(),
          residency.dirtyBytes(),
          residency.writebackBytes());
    }
  }
}
