import Glibc

/// Makes writing to a program or socket that has gone an error of that call; the signal would end
/// all tests.
public func ignoreBrokenPipes() { _ = ignored }

private let ignored: Void = { signal(SIGPIPE, SIG_IGN) }()
