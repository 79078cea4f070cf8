/// The version of Burette, as ledgers and messages carry it.
public let buretteVersion = "0.1.0"
