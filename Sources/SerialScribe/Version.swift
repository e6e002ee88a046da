internal import FirmwareProto

/// The version of library, program and firmware: one number.
public let libraryVersion = SCRIBE_VERSION
